import { expect, test } from 'vitest';
import type { BackupSummary } from '../../../src/domain/backup.ts';
import type { CheckedCopy } from '../../../src/domain/run.ts';
import { backupFault, copiesFault } from '../../../src/domain/self-test.ts';

const backup = {
  ...{ id: 'pma-backup-self-test_full_20260301_160000', kind: 'full', state: 'proven' },
  ...{ reason: null, copies: [{ destination: 'local', uri: '/x', state: 'good' }] },
} as unknown as BackupSummary;

test('nothing is wrong with a backup that is of its kind, proven, and stored everywhere', () => {
  expect(backupFault(backup, 'full')).toBeNull();
});

test.each<[string, Partial<BackupSummary>, string]>([
  ['of another kind', { kind: 'incremental', reason: 'why' }, 'needs_full'],
  ['that is not proven', { state: 'unproven', reason: 'no key' }, 'not_proven'],
  [
    'that a destination lacks',
    { copies: [{ destination: 's3', uri: 's3://b/x', state: 'failed' }] },
    'storage_refused',
  ],
])('a backup %s fails its step', (_, difference, code) => {
  expect(backupFault({ ...backup, ...difference }, 'full')).toMatchObject({ code });
});

test('copies that are good, or locked, are fine; others are named with their place', () => {
  const copy = (state: CheckedCopy['state']) =>
    ({ backup: 'b', destination: 's3', state }) as CheckedCopy;
  expect(copiesFault([copy('good'), copy('locked')])).toBeNull();
  expect(copiesFault([copy('good'), copy('missing')])).toMatchObject({
    ...{ code: 'artifact_missing', message: `the copy of 'b' in 's3' is missing` },
  });
});
