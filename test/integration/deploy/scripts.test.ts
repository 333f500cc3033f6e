import { execFile } from 'node:child_process';
import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { GetBucketVersioningCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../../../src/system/files.ts';
import { startS3Server, type S3Server } from '../../harness/s3-server.ts';
import { testTemporal, testTemporalCli } from '../../harness/temporal.ts';

// What the containers of docker-compose.yml run, run here without a container.
const run = promisify(execFile);
const script = (name: string): string =>
  fileURLToPath(new URL(`../../../deploy/${name}`, import.meta.url));

let programs: string;
let store: S3Server;

beforeAll(async () => {
  programs = await mkdtemp(path.join(tmpdir(), 'pma-deploy-'));
  await symlink(await testTemporalCli(), path.join(programs, 'temporal'));
  store = await startS3Server();
});

afterAll(async () => {
  await store.stop();
  await removeTree(programs);
});

test('the namespace job makes a namespace that keeps histories for 90 days, once and again', async () => {
  const { address } = testTemporal();
  const namespace = `deploy-${process.pid}`;
  const env = {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    HOME: programs,
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
  };
  for (let time = 1; time <= 2; time++)
    await run('/bin/sh', [script('temporal/create-namespace.sh')], { env });
  const connection = await Connection.connect({ address });
  const { config } = await connection.workflowService.describeNamespace({ namespace });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  await connection.close();
  expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 3600);
  expect(Object.keys(customAttributes)).toEqual(
    expect.arrayContaining(['BackupDatabase', 'BackupKind', 'BackupState']),
  );
});

// The tool itself takes long to build: what it is asked to do is told by one that writes it down.
test('the schema job makes both databases, sets their versions up and brings them up to date', async () => {
  const asked = path.join(programs, 'asked');
  const tool = path.join(programs, 'temporal-sql-tool');
  await writeFile(tool, `#!/bin/sh\necho "$@" >> '${asked}'\n`, { mode: 0o755 });
  const env = {
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    ...{ POSTGRES_SEEDS: 'db', POSTGRES_USER: 'temporal', SQL_PASSWORD: 'secret' },
    TEMPORAL_SCHEMAS: '/schemas',
  };
  const { stdout } = await run('/bin/sh', [script('temporal/setup-postgres.sh')], { env });
  const server = '--plugin postgres12 --endpoint db --port 5432 --user temporal';
  const both = [
    ['temporal', 'temporal'],
    ['temporal_visibility', 'visibility'],
  ];
  expect((await readFile(asked, 'utf8')).trim().split('\n')).toEqual(
    both.flatMap(([database, directory]) => [
      `${server} --database ${database} create`,
      `${server} --database ${database} setup-schema --version 0.0`,
      `${server} --database ${database} update-schema --schema-dir /schemas/${directory}/versioned`,
    ]),
  );
  expect(stdout).toBe('');
  const without = { ...env, SQL_PASSWORD: '' };
  await expect(
    run('/bin/sh', [script('temporal/setup-postgres.sh')], { env: without }),
  ).rejects.toThrow(/SQL_PASSWORD/);
  await writeFile(tool, '#!/bin/sh\nexit 3\n');
  await expect(
    run('/bin/sh', [script('temporal/setup-postgres.sh')], { env }),
  ).rejects.toMatchObject({ code: 3 });
});

test('the bucket job makes a bucket that keeps versions, once and again', async () => {
  const env = {
    PATH: process.env['PATH'] ?? '',
    AWS_ENDPOINT_URL_S3: store.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: store.accessKeyId,
    AWS_SECRET_ACCESS_KEY: store.secretAccessKey,
    AWS_S3_BUCKET: 'backups',
  };
  const first = await run(process.execPath, [script('make-bucket.mjs')], { env });
  expect(first.stdout).toBe(`made bucket 'backups'\n`);
  const second = await run(process.execPath, [script('make-bucket.mjs')], { env });
  expect(second.stdout).toBe(`bucket 'backups' is there\n`);
  const { Status } = await store.client.send(new GetBucketVersioningCommand({ Bucket: 'backups' }));
  expect(Status).toBe('Enabled');
});
