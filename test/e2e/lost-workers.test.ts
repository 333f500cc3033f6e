import type { ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { removeTree } from '../../src/system/files.ts';
import type { Status } from '../../src/service/status.ts';
import type { RestoreSummary } from '../../src/domain/restore.ts';
import {
  createTestDatabase,
  onCluster,
  testDatabase,
  type TestDatabase,
} from '../harness/postgres.ts';
import {
  createTestServiceFor,
  databaseUrl,
  ended,
  until,
  untilOutput,
  untilRunIn,
  type ServiceWithDatabase,
} from '../harness/service.ts';

// Each waits for most of its time until Temporal takes a worker for lost: they do it together.

// Large enough that each phase lasts long enough to be killed in.
const sql = `
  CREATE TABLE readings (id int PRIMARY KEY, value text);
  INSERT INTO readings SELECT n, md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 300000) n;
`;
const inOrder = { concurrent: false, timeout: 300_000 };
const begin = ['workflow', 'start', '--task-queue', 'pma-backup', '--type', 'backup'];

describe.concurrent('a worker killed with kill -9', () => {
  let service: ServiceWithDatabase;
  let temporary: string;

  beforeAll(async () => {
    temporary = await mkdtemp(path.join(tmpdir(), 'killed-')); // of its own: others have scratch servers, too
    await chmod(temporary, 0o711);
    service = await createTestServiceFor('killed', sql, { TMPDIR: temporary });
  }, 180_000);

  afterAll(async () => {
    await service.close();
    await removeTree(temporary);
  });

  test(
    'during dump, compress and verify completes the run after its restart, with one artifact and no litter',
    inOrder,
    async () => {
      const id = 'killed';
      let worker = await service.startWorker();
      await service.temporal(...begin, '--workflow-id', id);
      for (const phase of ['dump', 'compress', 'verify']) {
        await untilRunIn(service.client, phase);
        worker.kill('SIGKILL');
        await ended(worker);
        worker = await service.startWorker();
      }
      const result = (await service.client.workflow.getHandle(id).result()) as BackupSummary;
      expect(result).toMatchObject({ state: 'proven', proof: { rows: 300_000, mismatches: 0 } });
      worker.kill('SIGTERM');
      await ended(worker);
      const backups = path.join(service.stateDirectory, 'backups', result.database);
      const files = (await readdir(backups)).filter((file) => !file.includes('.proof.'));
      expect(files.sort()).toEqual(
        ['base.zst', 'manifest.json', 'tar.zst'].map((ending) => `${result.id}.${ending}`),
      );
      expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
      expect((await readdir(temporary)).filter((file) => /scratch|pass/.test(file))).toEqual([]);
      const sessions = `SELECT pid FROM pg_stat_activity WHERE datname = '${service.database.name}'`;
      expect(await onCluster(sessions)).toEqual([]);
    },
  );

  test(
    'goes on with a restore, and the old database is there until the new one is proven',
    inOrder,
    async () => {
      const target = await createTestDatabase('old');
      await query(target, 'CREATE TABLE old AS SELECT 1 AS n');
      let worker = await service.startWorker();
      const to = databaseUrl(target.connection);
      service.spawnCli('restore', 'latest', '--to', to, '--clean', '--yes');
      const run = await untilRunIn(service.client, 'restoreIntoBeside');
      await until('it is made', async () => (await databasesLike(target)).length === 2);
      worker.kill('SIGKILL');
      await ended(worker);
      expect(await query(target, 'SELECT n FROM old')).toEqual([{ n: 1 }]);
      worker = await service.startWorker();
      const { state, rows, keptAs } = (await run.result()) as RestoreSummary;
      expect({ state, rows }).toEqual({ state: 'proven', rows: 300_000 });
      const all = await databasesLike(target);
      expect(all).toEqual([target.name, keptAs]);
      expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
      for (const name of all) await testDatabase(name).drop();
    },
  );
});

async function query(database: TestDatabase, sql: string): Promise<unknown[]> {
  const client = await database.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

/** This one and those whose names begin with its name. */
async function databasesLike({ name }: TestDatabase): Promise<string[]> {
  const rows = await onCluster<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE starts_with(datname, '${name}') ORDER BY 1`,
  );
  return rows.map((row) => row.name);
}

// As a cluster's user has it: a Temporal server that we did not start, with a namespace of ours, two workers and one
// server, each with a state directory of its own.
describe.concurrent('two hosts', () => {
  let service: ServiceWithDatabase;
  const workers = new Map<string, ChildProcess>();

  beforeAll(async () => {
    service = await createTestServiceFor('hosts', sql, { BACKUP_SCHEDULE: '30 2 1 1 *' });
    for (const host of ['one', 'two']) await startHost(host);
  }, 60_000);

  afterAll(() => service.close());

  const stateOf = (host: string) => path.join(service.stateDirectory, host);

  /** What is started after it belongs to that host. */
  function be(host: string): void {
    service.environment['PMA_STATE_DIR'] = stateOf(host);
  }

  async function startHost(host: string): Promise<void> {
    be(host);
    workers.set(host, await service.startWorker());
  }

  async function kill(host: string): Promise<void> {
    const worker = workers.get(host)!;
    worker.kill('SIGKILL');
    await ended(worker);
  }

  /** The artifacts on a host's disk. */
  async function stored(host: string): Promise<string[]> {
    const directory = path.join(stateOf(host), 'backups');
    const files = await readdir(directory, { recursive: true }).catch(() => []);
    return files.filter((file) => file.endsWith('.tar.zst')).map((file) => path.basename(file));
  }

  /** The host that has begun to dump. */
  function untilTaken(): Promise<string> {
    return until('a host has begun', async () => {
      for (const host of workers.keys()) {
        const works = await readdir(path.join(stateOf(host), 'work')).catch(() => []);
        if (works.length > 0) return host;
      }
      return undefined;
    });
  }

  test(
    'a run stays on the host that began it: killed there, it goes on there',
    inOrder,
    async () => {
      await service.temporal(...begin, '--workflow-id', 'first');
      const host = await untilTaken();
      const other = host === 'one' ? 'two' : 'one';
      await kill(host);
      await startHost(host);
      const run = service.client.workflow.getHandle('first');
      const backup = (await run.result()) as BackupSummary;
      expect(backup).toMatchObject({ state: 'proven', proof: { rows: 300_000, mismatches: 0 } });
      expect(await stored(host)).toEqual([`${backup.id}.tar.zst`]);
      expect(await stored(other)).toEqual([]);

      // The first host is gone for good: the next run goes to the other, and the catalog knows both.
      await kill(host);
      be(other);
      const done = await service.cli('backup', '--json');
      expect(done.status, done.stderr).toBe(0);
      const second = done.json() as BackupSummary;
      expect(await stored(other)).toEqual([`${second.id}.tar.zst`]);
      const listed = (await service.cli('list', '--json')).json() as BackupSummary[];
      expect(listed.map(({ id, state }) => [id, state])).toEqual([
        [second.id, 'proven'],
        [backup.id, 'proven'],
      ]);
    },
  );

  test('a run whose host is gone for good is taken over by another one', inOrder, async () => {
    for (const host of workers.keys()) await kill(host);
    service.environment['BACKUP_HOST_PATIENCE_SECONDS'] = '10';
    for (const host of ['one', 'two']) await startHost(host);
    await service.temporal(...begin, '--workflow-id', 'third');
    const host = await untilTaken();
    const other = host === 'one' ? 'two' : 'one';
    const before = await stored(host);
    await kill(host);
    const backup = (await service.client.workflow.getHandle('third').result()) as BackupSummary;
    expect(backup).toMatchObject({ state: 'proven', proof: { rows: 300_000, mismatches: 0 } });
    expect(backup.copies).toHaveLength(1);
    expect(await stored(other)).toContain(`${backup.id}.tar.zst`);
    expect(await stored(host)).toEqual(before);

    // It comes back after all: what it left half-made is tidied.
    const left = () => readdir(path.join(stateOf(host), 'work'));
    expect(await left()).toEqual([backup.id]);
    await startHost(host);
    expect(await left()).toEqual([]);
  });

  test(
    'a server on a third host makes the schedules, serves the console and watches',
    inOrder,
    async () => {
      be('three');
      Object.assign(service.environment, {
        ...{ AWS_S3_BUCKET: 'nowhere', AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' },
        ...{ AWS_ACCESS_KEY_ID: 'nobody', AWS_SECRET_ACCESS_KEY: 'nothing' },
      });
      const server = service.spawnCli('server');
      const [url] = /http:\/\/\S+(?=;)/.exec(await untilOutput(server, /serving \S+; /))!;
      expect((await fetch(new URL('/readyz', url))).status).toBe(200);
      const schedules = await service.temporal('schedule', 'list');
      expect(schedules.stdout).toMatch(/pma-backup\/\S+\/full/);

      // The workers know nothing of that bucket.
      await until('it says what is wrong', async () => {
        const { alarms } = (await service.cli('status', '--json')).json() as Status;
        return alarms.some(({ key }) => key.startsWith('destination:s3@'));
      });
    },
  );
});
