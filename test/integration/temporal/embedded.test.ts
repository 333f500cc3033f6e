import { Connection } from '@temporalio/client';
import { expect, test } from 'vitest';
import { testBundle, testTemporal } from '../../harness/temporal.ts';

test('keeps closed workflows for 90 days and knows our search attributes', async () => {
  const { address, namespace } = testTemporal();
  const connection = await Connection.connect({ address });
  try {
    const described = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(described.config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 86_400);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace,
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['BackupDatabase', 'BackupKind', 'BackupState']),
    );
  } finally {
    await connection.close();
  }
});

test('bundles the workflows from their sources', async () => {
  expect((await testBundle()).code).toContain('unknownWorkflow');
});
