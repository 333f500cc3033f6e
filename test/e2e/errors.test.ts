import type { ChildProcess } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Progress } from '../../src/domain/progress.ts';
import type { Cluster } from '../../src/postgres/cluster.ts';
import { Secret } from '../../src/secret.ts';
import { removeTree } from '../../src/system/files.ts';
import {
  namespaced,
  makePoorMachine,
  onServer,
  startGuardedServer,
} from '../harness/poor-machine.ts';
import type { PoorMachine } from '../harness/poor-machine.ts';
import { createTestDatabase, testCluster, type TestDatabase } from '../harness/postgres.ts';
import { createTestService, databaseUrl, until, type TestService } from '../harness/service.ts';

const reader = 'pma_errors_reader';
const crowded = 'pma_errors_crowded';
const hostUnknown: [string, string] = [
  'host-unknown',
  'postgres://somebody@no-such-host.invalid/shop',
];
let place: string;
let settings: string;
let urls: Map<string, string>;
let service: TestService;
let worker: ChildProcess;
let machine: PoorMachine;
let guarded: Cluster;
const databases = new Map<string, TestDatabase>();

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'errors-'));
  await chmod(place, 0o711); // the server's user passes through
  guarded = await startGuardedServer(place);
  urls = new Map([...(await sources()), ['password-wrong', wrongPassword()], hostUnknown]);
  settings = path.join(place, 'pma-backup.yaml');
  await writeFile(settings, yaml(urls));
  service = await createTestService({ PMA_CONFIG: settings });
  machine = await makePoorMachine(place, path.join(service.stateDirectory, 'work'));
  await mkdir(path.join(service.stateDirectory, 'backups'));
  await writeFile(path.join(service.stateDirectory, 'backups', 'directory-taken'), 'a file');
  worker = await service.startWorker(machine.launcher);
}, 300_000);

afterAll(async () => {
  await service.close();
  await guarded.kill();
  for (const database of databases.values()) await database.drop();
  for (const role of [reader, crowded]) await onCluster(`DROP ROLE ${role}`);
  await removeTree(place);
});

describe.concurrent(
  'what no further attempt can cure fails at once, in one line, with a hint:',
  () => {
    it.each([
      ['password-wrong', 'login_refused', /refused role 'backup': password authentication failed/],
      ['host-unknown', 'host_unknown', /host 'no-such-host.invalid' is not known/],
      ['database-missing', 'database_missing', /has no database 'no such database'/],
      ['rows-hidden', 'row_security', /row security hides rows of table 'public.t'/],
      ['table-forbidden', 'permission_denied', /may not read table 'public.t'/],
      ['disk-too-small', 'disk_too_small', /needs 3298.\d GB, '.*' has .* free/],
      ['directory-taken', 'directory_not_writable', /directory-taken' is no directory/],
    ])('%s', async (name, code, message) => {
      await expectFailure(name, code, message);
    });
  },
);

describe.concurrent(
  'what may pass is tried again, and the backup is proven once it has passed:',
  () => {
    it('a table that somebody has locked', async () => {
      const client = await databases.get('table-locked')!.connect();
      await client.query('BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
      const run = await start('table-locked');
      await until('the run says why it waits', async () => {
        const { step } = await run.query<Progress>('progress');
        return /once more, because table 'public.t' is locked by process/.test(step);
      });
      await client.query('ROLLBACK');
      await client.end();
      expect(await run.result()).toMatchObject({ state: 'proven' });
    });

    it('a server without a connection left', async () => {
      const run = await start('too-many');
      const failure = await lastFailure(run);
      expect(failure).toMatch(/has no connection left for us: too many connections for role/);
      await onCluster(`ALTER ROLE ${crowded} CONNECTION LIMIT 50`);
      expect(await run.result()).toMatchObject({ state: 'proven' });
    });
  },
);

describe.concurrent(
  'what cannot be tested on the scratch server is kept, not proven and raises an alarm:',
  () => {
    it.each([
      ['extension-missing', /extension 'nowhere' is not installed/],
      ['extension-version', /extension 'citext' has no version '99.9'/],
    ])('%s', async (name, reason) => {
      const done = await service.cli('backup', name, '--json');
      expect(done.status, done.stderr).toBe(5);
      const summary = done.json() as BackupSummary;
      expect(summary).toMatchObject({ state: 'unproven', copies: [{ state: 'good' }] });
      expect(summary.reason).toMatch(reason);
      expect((await runsOf(name)).map(({ status }) => status.name)).toEqual(['COMPLETED']);
      const { alarms } = (await service.cli('status', '--json')).json() as {
        alarms: { message: string }[];
      };
      expect(alarms.map(({ message }) => message)).toContain(
        `backup '${summary.id}' is not proven: ${summary.reason}`,
      );
      expect(await leftovers(name)).toEqual([]);
    });
  },
);

describe('a backup that cannot be restored', () => {
  it('fails its run, is kept with its proof and is not the latest', async () => {
    const done = await service.cli('backup', 'not-restorable', '--json');
    expect(done.status, done.stderr).toBe(1);
    const summary = done.json() as BackupSummary;
    expect(summary).toMatchObject({
      ...{ state: 'failed', proof: { state: 'failed' }, copies: [{ state: 'good' }] },
      reason: expect.stringContaining('violates check constraint') as string,
    });
    expect((await runsOf('not-restorable')).map(({ status }) => status.name)).toEqual(['FAILED']);
    expect(await leftovers('not-restorable')).toEqual([]);
    const latest = await service.cli('show', 'latest', '--database', 'not-restorable');
    expect(latest.status).toBe(4);
  });
});

describe.runIf(namespaced)('where the machine lacks something', () => {
  it('a disk that fills up during the dump ends the attempt, with its files gone', async () => {
    const run = await start('disk-full');
    expect(await lastFailure(run)).toMatch(/No space left on device|disk .* full/);
    const id = await idOf(run);
    expect(await filesBelow(path.join(workPlace(), id, id))).toEqual([]);
    await onDatabase('disk-full', 'TRUNCATE t');
    expect(await run.result()).toMatchObject({ state: 'proven' });
    expect(await leftovers('disk-full')).toEqual([]);
  });

  it('a missing program is named with the package to install', async () => {
    await machine.without(() =>
      // All are missing, and all are looked for at the same time.
      expectFailure(
        'plain',
        'program_missing',
        /program 'pg_(dump|dumpall|restore)' is not installed/,
      ),
    );
  });

  it('a pg_dump older than the server is named with both versions', async () => {
    await machine.older(() =>
      expectFailure('plain', 'program_too_old', /pg_dump 12.22 is older than the server 15/),
    );
  });
});

describe('a backup of all databases', () => {
  it('tells which one failed and why, and makes the others', async () => {
    await writeFile(settings, yaml(new Map([['plain', urls.get('plain')!], hostUnknown])));
    const done = await service.cli('backup', '--json');
    expect(done.status).toBe(1);
    expect(done.json()).toMatchObject({
      error: {
        code: 'host_unknown',
        message: expect.stringMatching(
          /^1 of 2 databases failed: 'host-unknown': host '.*' is not known/,
        ) as string,
      },
    });
    expect((await runsOf('all')).map(({ status }) => status.name)).toEqual(['FAILED']);
    const listed = await service.cli('list', '--database', 'plain', '--limit', '1', '--json');
    expect(listed.json()).toMatchObject([{ state: 'proven' }]);
  });
});

async function expectFailure(name: string, code: string, message: RegExp): Promise<void> {
  const done = await service.cli('backup', name, '--json');
  const { error } = done.json() as { error: { code: string; message: string; hint: string } };
  expect(error, done.stderr).toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
  expect(error.hint).toMatch(/\w/);
  expect(error.message).not.toContain('\n');
  expect(done.status).toBe(1);
  expect(done.stdout.trim().split('\n')).toHaveLength(1);
  expect(done.stderr).toContain(`error: ${error.message}\nhint: ${error.hint}\n`);
  const [run] = await runsOf(name);
  expect(run?.status.name).toBe('FAILED');
  const handle = service.client.workflow.getHandle(run!.workflowId, run!.runId);
  expect(JSON.stringify(await handle.fetchHistory())).toContain(JSON.stringify(error.message));
  expect(await leftovers(name)).toEqual([]);
}

// Whatever is not whole: work directories, and files in the destination that are no artifact, manifest or proof.
async function leftovers(name: string): Promise<string[]> {
  const work = (await filesBelow(workPlace())).filter((file) => file.startsWith(name));
  const stored = await filesBelow(path.join(service.stateDirectory, 'backups', name));
  return [...work, ...stored.filter((file) => !file.startsWith(`${name}_full_`))];
}

function workPlace(): string {
  return path.join(namespaced ? `/proc/${worker.pid}/root` : '/', service.stateDirectory, 'work');
}

async function filesBelow(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

async function runsOf(name: string) {
  const found = [];
  const query = `WorkflowId STARTS_WITH 'backup/${name}/'`;
  const { workflow } = service.client;
  // The list hears of an end a moment later than who waited for it.
  for await (const { workflowId, runId } of workflow.list({ query }))
    found.push(await workflow.getHandle(workflowId, runId).describe());
  return found;
}

async function start(database: string) {
  return service.client.workflow.start('backup', {
    taskQueue: 'pma-backup',
    workflowId: `backup/${database}/full-by-test`,
    args: [{ database }],
  });
}

type Run = Awaited<ReturnType<typeof start>>;

async function lastFailure(run: Run): Promise<string> {
  return until('an attempt has failed', async () => {
    const { pendingActivities } = (await run.describe()).raw;
    return pendingActivities?.[0]?.lastFailure?.message ?? false;
  });
}

async function idOf(run: Run): Promise<string> {
  return (await run.query<Progress>('progress')).backup ?? '';
}

async function sources(): Promise<[string, string][]> {
  await onCluster(`CREATE ROLE ${reader} LOGIN; CREATE ROLE ${crowded} LOGIN CONNECTION LIMIT 0`);
  const table = 'CREATE TABLE t AS SELECT generate_series(1, 100) AS n';
  const citext = 'CREATE EXTENSION citext; UPDATE pg_extension';
  return [
    await source('plain', table),
    await source('database-missing', '', { database: 'no such database' }),
    await source(
      'rows-hidden',
      `${table}; ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT SELECT ON t TO ${reader}`,
      { user: reader },
    ),
    await source('table-forbidden', table, { user: reader }),
    await sparse(await source('disk-too-small', table)),
    await source('directory-taken', table),
    await source('table-locked', table),
    await source('too-many', `${table}; GRANT SELECT ON t TO ${crowded}`, { user: crowded }),
    await source('extension-missing', `${citext} SET extname = 'nowhere' WHERE extname = 'citext'`),
    await source('extension-version', `${citext} SET extversion = '99.9' WHERE extname = 'citext'`),
    // Its rows do not pass its own check any more.
    await source(
      'not-restorable',
      `CREATE FUNCTION fine(int) RETURNS bool LANGUAGE sql AS 'SELECT true';
       CREATE TABLE t (n int CHECK (fine(n))); INSERT INTO t VALUES (1);
       CREATE OR REPLACE FUNCTION fine(int) RETURNS bool LANGUAGE sql AS 'SELECT false'`,
    ),
    // Compressed rows: 100 MB of dump out of a database that is not larger than an empty one.
    await source(
      'disk-full',
      `CREATE TABLE t AS SELECT repeat('x', 1000000) AS x FROM generate_series(1, 100)`,
    ),
  ];
}

async function source(
  name: string,
  sql: string,
  instead: { user?: string; database?: string } = {},
): Promise<[string, string]> {
  const database = await createTestDatabase(name);
  databases.set(name, database);
  await onDatabase(name, sql);
  return [name, databaseUrl({ ...database.connection, ...instead })];
}

// PostgreSQL counts the sizes of the files in its directory: this one says 1 TiB and holds nothing.
async function sparse(entry: [string, string]): Promise<[string, string]> {
  const client = await databases.get(entry[0])!.connect();
  const { rows } = await client.query<{ directory: string }>(
    `SELECT current_setting('data_directory') || '/base/' || oid AS directory
       FROM pg_database WHERE datname = current_database()`,
  );
  await client.end();
  const file = path.join(rows[0]!.directory, 'nothing');
  await writeFile(file, '');
  await chmod(file, 0o644);
  await truncate(file, 2 ** 40);
  return entry;
}

function wrongPassword(): string {
  const instead = { host: '127.0.0.1', user: 'backup', password: new Secret('wrong') };
  return databaseUrl({ ...guarded.connection('postgres'), ...instead });
}

function yaml(urls: ReadonlyMap<string, string>): string {
  const entries = [...urls].map(([name, url]) => `  - {name: ${name}, url: '${url}'}\n`);
  return `dump: {jobs: 1, lockTimeoutSeconds: 1}\ndatabases:\n${entries.join('')}`;
}

async function onDatabase(name: string, sql: string): Promise<void> {
  await onServer(databases.get(name)!.connection, sql);
}

async function onCluster(sql: string): Promise<void> {
  await onServer(testCluster(), sql);
}
