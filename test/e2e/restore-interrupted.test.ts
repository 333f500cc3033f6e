import { readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { openAlarms } from '../harness/open-alarms.ts';
import {
  createTestDatabase,
  onCluster,
  testDatabase,
  type TestDatabase,
} from '../harness/postgres.ts';
import { createTestService, databaseUrl, ended, until, untilRunIn } from '../harness/service.ts';
import type { TestService } from '../harness/service.ts';

let database: TestDatabase;
let service: TestService;
let worker: ChildProcess;
let target: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('interrupted');
  const client = await database.connect();
  // Large enough that each step lasts long enough to be ended in.
  await client.query(`
    CREATE TABLE readings (id int PRIMARY KEY, value text);
    INSERT INTO readings SELECT n, md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 300000) n;
  `);
  await client.end();
  service = await createTestService({ DATABASE_URL: databaseUrl(database.connection) });
  worker = await service.startWorker();
  const done = await service.cli('backup', '--json');
  expect((done.json() as BackupSummary).state, done.stderr).toBe('proven');
}, 180_000);

afterAll(async () => {
  await service.close();
  await database.drop();
});

beforeEach(async () => {
  target = await createTestDatabase('old');
  const client = await target.connect();
  await client.query('CREATE TABLE old AS SELECT 1 AS n');
  await client.end();
});

afterEach(async () => {
  for (const name of await databases()) await testDatabase(name).drop();
});

async function databases(): Promise<string[]> {
  const like = pg.escapeLiteral(target.name);
  const rows = await onCluster<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE starts_with(datname, ${like}) ORDER BY 1`,
  );
  return rows.map(({ name }) => name);
}

const start = () =>
  service.spawnCli('restore', 'latest', '--to', databaseUrl(target.connection), '--clean', '--yes');

/** The target is as it was, and nothing is beside it, on disk, or held in the catalog. */
async function expectNothingHappened(): Promise<void> {
  expect(await databases()).toEqual([target.name]);
  const client = await target.connect();
  expect((await client.query('SELECT n FROM old')).rows).toEqual([{ n: 1 }]);
  await client.end();
  expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
  const catalog = new pg.Client({ connectionString: service.environment['CATALOG_DATABASE_URL'] });
  await catalog.connect();
  const { rows } = await catalog.query(
    `SELECT (SELECT count(*) FROM pma_backup.restores WHERE NOT tidy OR state = 'running') AS untidy,
            (SELECT count(*) FROM pma_backup.leases WHERE resource LIKE 'backup:%') AS held`,
  );
  await catalog.end();
  expect(rows).toEqual([{ untidy: '0', held: '0' }]);
}

/** Holds a comparison that is about to begin: nothing else reads that table. It ends with its database. */
async function holdComparison(): Promise<pg.Client> {
  const beside = await until('there is a database beside', async () => (await databases())[1]);
  const client = await testDatabase(beside).connect();
  await client.query('BEGIN; LOCK TABLE pg_largeobject_metadata IN ACCESS EXCLUSIVE MODE');
  return client;
}

describe('cancelled', () => {
  test.each(['fetchBackup', 'restoreIntoBeside', 'compareRestore'])('in %s', async (activity) => {
    const command = start();
    const holding = activity === 'compareRestore' ? await holdComparison() : undefined;
    await untilRunIn(service.client, activity);
    command.kill('SIGINT');
    await ended(command);
    await holding?.end();
    expect(command.exitCode).toBe(130);
    await expectNothingHappened();
  });
});

test('what it cannot remove is an alarm, until a worker that starts can', async () => {
  const command = start();
  const holding = await holdComparison();
  const run = await untilRunIn(service.client, 'compareRestore');
  const beside = (await databases())[1]!;
  await onCluster(`ALTER DATABASE "${beside}" IS_TEMPLATE true`); // so that it cannot be dropped
  command.kill('SIGINT');
  await ended(command);
  await holding.end();
  const { runId } = await run.describe();
  expect(await openAlarms(service)).toMatchObject([
    {
      key: `restore:${run.workflowId}:${runId}`,
      message: expect.stringContaining(beside) as string,
    },
  ]);
  worker.kill('SIGTERM');
  await ended(worker);
  await onCluster(`ALTER DATABASE "${beside}" IS_TEMPLATE false`);
  worker = await service.startWorker();
  expect(await openAlarms(service)).toEqual([]);
  await expectNothingHappened();
});

describe('a worker killed with kill -9', () => {
  test('leaves nothing once its run is terminated and a worker starts again', async () => {
    start();
    const holding = await holdComparison();
    const run = await untilRunIn(service.client, 'compareRestore');
    worker.kill('SIGKILL');
    await ended(worker);
    await holding.end();
    await run.terminate('the test wants it');
    worker = await service.startWorker();
    await expectNothingHappened();
  });
});
