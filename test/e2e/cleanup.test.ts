import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { CleanupInput, CleanupResult } from '../../src/domain/cleanup.ts';
import type { HoldResult } from '../../src/domain/hold.ts';
import { parseConnection } from '../../src/postgres/connection.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';
import {
  createTestService,
  databaseUrl,
  ended,
  until,
  type TestService,
} from '../harness/service.ts';
import { fullOf, idOf, storeBackups } from '../harness/stored-backups.ts';

let source: TestDatabase;
let service: TestService;
let catalog: Catalog;
let worker: Awaited<ReturnType<TestService['startWorker']>>;

beforeAll(async () => {
  source = await createTestDatabase('real');
  service = await createTestService({ BACKUP_HOST_PATIENCE_SECONDS: '10' });
  service.environment['PMA_CONFIG'] = path.join(service.stateDirectory, 'settings.yaml');
  await writeFile(service.environment['PMA_CONFIG'], settings());
  worker = await service.startWorker();
  catalog = await openCatalog(parseConnection(service.environment['CATALOG_DATABASE_URL']!, {}));
}, 180_000);

afterAll(async () => {
  await catalog.close();
  await service.close();
  await source.drop();
});

/** A database of its own for each test; nobody connects to them. */
let database = '';
let number = 0;
let databases = 0;
beforeEach(() => {
  database = `shop-${++databases}`;
});

function settings(): string {
  const names = [
    'killed',
    'away',
    ...Array.from({ length: 20 }, (_, index) => `shop-${index + 1}`),
  ];
  const list = names.map((name) => `  - { name: ${name}, url: 'postgres://nobody@db.example/x' }`);
  const real = `  - { name: real, url: '${databaseUrl(source.connection)}' }`;
  return ['retentionDays: 30', 'databases:', real, ...list, ''].join('\n');
}

const full = (days: number) => fullOf(database, days);
const store = (...backups: { id: string; state?: 'unproven' | 'failed'; base?: string }[]) =>
  storeBackups(service, catalog, backups);

async function cleanUp(input: CleanupInput = {}): Promise<CleanupResult> {
  return (await service.client.workflow.execute('cleanup', {
    ...{ taskQueue: 'pma-backup', workflowId: `cleanup-${++number}` },
    args: [{ database, ...input }],
  })) as CleanupResult;
}

async function files(): Promise<string[]> {
  const all = await readdir(path.join(service.stateDirectory, 'backups', database));
  return [...new Set(all.map((file) => file.split('.')[0]!))].sort();
}

async function copyStates(): Promise<Record<string, string | undefined>> {
  const all = await catalog.list({ database, limit: 1000 });
  return Object.fromEntries(all.map(({ id, copies }) => [id, copies[0]?.state]));
}

const ids = ({ copies }: CleanupResult['deleted']) => copies.map(({ backup }) => backup);

async function alarms(): Promise<string[]> {
  const open = await catalog.alarms();
  return open.filter((alarm) => alarm.database === database).map(({ message }) => message);
}

const young = Array.from({ length: 151 }, (_, index) => fullOf('killed', index / 10));
const old = Array.from({ length: 150 }, (_, index) => fullOf('killed', 31 + index));

test('a clean-up killed with kill -9 has deleted whole copies, and none that it keeps', async () => {
  database = 'killed';
  await store(...[...young, ...old].map((id) => ({ id })));
  await service.client.workflow.start('cleanup', {
    ...{ taskQueue: 'pma-backup', workflowId: 'killed', args: [{ database }] },
  });
  await until('some are deleted', async () => (await files()).length < 270);
  worker.kill('SIGKILL');
  await ended(worker);
  const left = await files();
  expect(left.length).toBeGreaterThan(young.length);
  for (const [id, state] of Object.entries(await copyStates())) {
    if (young.includes(id)) expect([state, left.includes(id)]).toEqual(['good', true]);
    if (!left.includes(id)) expect(state).toBe('deleted');
  }
  worker = await service.startWorker();
});

// It waits for a host that does not answer: the tests in between need not.
let waiting: Promise<CleanupResult>;
const awayBackups = () => path.join(service.stateDirectory, 'away', 'backups', 'away');

test('a clean-up of two hosts of which one is away begins', async () => {
  database = 'away';
  const days = [0, 1, 31];
  await store(...days.map((each) => ({ id: full(each) })));
  await cp(path.join(service.stateDirectory, 'backups', 'away'), awayBackups(), {
    recursive: true,
  });
  await writeFile(path.join(service.stateDirectory, 'away', 'host-id'), 'away\n');
  for (const id of days.map(full)) {
    const [copy] = await catalog.copies(id);
    const uri = copy!.uri.replace(/.*backups/, path.dirname(awayBackups()));
    await catalog.recordCopy({ ...copy!, host: 'away', uri });
  }
  waiting = cleanUp();
});

describe('a clean-up', () => {
  test('deletes what its dry run said, dependents first, and nothing else', async () => {
    const [old, inc] = [full(40), idOf(database, 'incremental', 39.5)];
    await store({ id: full(0) }, { id: full(10) }, { id: full(20) }, { id: full(29) });
    await store({ id: old }, { id: inc, base: old }, { id: full(50) });
    const before = await files();
    const said = await cleanUp({ dryRun: true });
    expect(said).toMatchObject({ dryRun: true, deleted: { count: 3 }, kept: { count: 4 } });
    expect(said.deleted.copies[0]?.reason).toBe('deleted: older than 30 days');
    expect(await files()).toEqual(before);
    const done = await cleanUp();
    expect(ids(done.deleted).sort()).toEqual(ids(said.deleted).sort());
    expect(ids(done.deleted).indexOf(inc)).toBeLessThan(ids(done.deleted).indexOf(old));
    expect(done.kept).toEqual(said.kept);
    expect(await files()).toEqual(ids(said.kept).sort());
    expect(await copyStates()).toMatchObject({ [old]: 'deleted', [inc]: 'deleted' });
    expect(await cleanUp()).toMatchObject({ deleted: { count: 0 }, kept: { count: 4 } });
  });

  test('says to people what would go and why', async () => {
    await store({ id: full(0) }, { id: full(1) }, { id: full(31) });
    const { stdout, status } = await service.cli('cleanup', database, '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`${full(0)} .*kept: newest proven full`));
    expect(stdout).toMatch(new RegExp(`${full(31)} .*would be deleted: older than 30 days`));
    expect(stdout).toContain('would delete 1 copy');
  });

  test('reads the newest proven copy first, and keeps the next one where that is rotten', async () => {
    const unproven = [1, 2, 3].map((days) => ({ id: full(days), state: 'unproven' as const }));
    await store({ id: full(0) }, ...unproven, { id: full(31) }, { id: full(32) });
    const copy = (await catalog.copies(full(0)))[0]!;
    await writeFile(copy.uri, 'rotten');
    expect(ids((await cleanUp({ dryRun: true })).deleted)).toEqual([full(32), full(31)]);
    const done = await cleanUp();
    expect(ids(done.deleted)).toEqual([full(32)]);
    expect(await copyStates()).toMatchObject({ [full(0)]: 'damaged', [full(31)]: 'good' });
    expect(await alarms()).toMatchObject([expect.stringContaining('is damaged')]);
  });

  test('that would delete more than half stops with an alarm, until it is forced', async () => {
    await store(...[0, 31, 32, 33].map((days) => ({ id: full(days) })));
    const stopped = await service.cli('cleanup', database, '--json');
    expect(stopped.status).toBe(1);
    expect((stopped.json() as CleanupResult).stops).toMatchObject([{ database }]);
    expect(await files()).toHaveLength(4);
    expect(await alarms()).toMatchObject([expect.stringContaining('more than half')]);
    expect((await cleanUp({ force: true })).deleted.count).toBe(3);
    expect(await alarms()).toEqual([]);
  });

  test('keeps what a run under way has leased, and not what a closed one had', async () => {
    await store(...[0, 1, 31].map((days) => ({ id: full(days) })));
    const handle = await service.client.workflow.start('restore', {
      ...{ taskQueue: 'nobody', workflowId: `lease-${database}` },
    });
    const owner = { workflowId: handle.workflowId, runId: handle.firstExecutionRunId };
    const lease = { resource: `backup:${full(31)}`, capacity: 1, owner };
    await catalog.takeLease(lease, () => Promise.resolve(true));
    expect(await cleanUp()).toMatchObject({ deleted: { count: 0 } });
    await handle.terminate();
    expect(ids((await cleanUp()).deleted)).toEqual([full(31)]);
  });

  test('keeps what is on hold with the full that it needs, until it is released', async () => {
    const [old, inc] = [full(40), idOf(database, 'incremental', 39)];
    await store(...[0, 1, 2, 3, 41].map((days) => ({ id: full(days) })));
    await store({ id: old }, { id: inc, base: old });
    const held = await service.cli('hold', inc, '--reason', 'audit of 2026', '--json');
    expect(held.status, held.stderr).toBe(0);
    const file = path.join(service.stateDirectory, 'backups', database, `${inc}.hold.json`);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual((held.json() as HoldResult).hold);
    expect(ids((await cleanUp()).deleted)).toEqual([full(41)]);
    const shown = (await service.cli('show', inc, '--json')).json() as BackupSummary;
    expect(shown.hold).toMatchObject({ by: userInfo().username, reason: 'audit of 2026' });
    expect((await service.cli('list', '--database', database)).stdout).toContain('on hold');
    expect((await service.cli('release', inc)).status).toBe(0);
    await expect(readFile(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(ids((await cleanUp()).deleted)).toEqual([inc, old]);
    const late = await service.cli('hold', inc, '--json');
    expect([late.status, late.json()]).toMatchObject([1, { error: { code: 'artifact_missing' } }]);
  });

  test('refuses a field that it does not know', async () => {
    for (const input of ['{"dryrun":true}', '{"dryRun":"no"}']) {
      const done = await service.temporal(
        ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'cleanup', '-i', input],
      );
      expect(done.status).not.toBe(0);
      expect(done.stdout + done.stderr).toMatch(/unknown field 'dryrun'|'dryRun' .* be a boolean/);
    }
  });
});

test('a backup deletes what is expired, and is none the worse where that fails', async () => {
  database = 'real';
  await store(...[1, 2, 31].map((days) => ({ id: full(days) })));
  const client = new pg.Client(service.environment['CATALOG_DATABASE_URL']);
  await client.connect();
  await client.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
        AS $$ BEGIN RAISE 'not now' USING ERRCODE = 'insufficient_privilege'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON pma_backup.copies
       FOR EACH ROW WHEN (NEW.state = 'deleted' AND NEW.backup_id LIKE 'real_%') EXECUTE FUNCTION refuse()`);
  const one = await service.cli('backup', database, '--json');
  expect(one.status, one.stderr).toBe(0);
  expect(await copyStates()).toMatchObject({ [full(31)]: 'good' });
  expect(await alarms()).toMatchObject([expect.stringContaining('clean-up')]);
  await client.query('DROP FUNCTION refuse CASCADE');
  await client.end();
  expect((await service.cli('backup', database)).status).toBe(0);
  expect(await copyStates()).toMatchObject({ [full(1)]: 'good', [full(31)]: 'deleted' });
  expect(await alarms()).toEqual([]);
});

test('what a host keeps that does not answer is an alarm, until it does', async () => {
  database = 'away';
  expect(await waiting).toMatchObject({ deleted: { count: 1 }, lostHosts: ['away'] });
  expect(await files()).toEqual([full(1), full(0)]);
  const open = async () => {
    const all = await catalog.alarms();
    const known = ['cleanup-host:away', 'proof:taken-out'];
    return all.filter(({ key }) => known.includes(key)).map(({ message }) => message);
  };
  expect(await open()).toEqual(['host away does not answer: the expired copies on its disk stay']);
  // What the settings name no more is over when a worker starts.
  const about = { database: 'taken-out', message: 'failed', hint: null };
  await catalog.raiseAlarm({ key: 'proof:taken-out', ...about });
  const environment = { ...service.environment };
  service.environment['PMA_STATE_DIR'] = path.join(service.stateDirectory, 'away');
  const second = await service.startWorker();
  Object.assign(service.environment, environment);
  expect(await cleanUp()).toMatchObject({ deleted: { count: 1 }, lostHosts: [] });
  expect(await readdir(awayBackups())).toHaveLength(6);
  expect(await open()).toEqual([]);
  second.kill('SIGTERM');
  await ended(second);
});

test('a host that is gone for good is forgotten, and its alarms with it', async () => {
  await store({ id: full(0) });
  const [copy] = await catalog.copies(full(0));
  await catalog.recordCopy({ ...copy!, host: 'gone' });
  const about = { database: null, message: 'x', hint: null };
  for (const key of ['cleanup-host:gone', `copy:${full(0)}:local`])
    await catalog.raiseAlarm({ key, ...about });
  const forget = (host: string) => service.cli('catalog', 'forget-host', host);
  const done = await forget('gone');
  expect(done.stdout).toMatch(/^1 copy on host gone counted no more; .*catalog rebuild$/m);
  expect((await catalog.copies(full(0))).map(({ host, state }) => [host, state])).toEqual(
    expect.arrayContaining([
      ['gone', 'deleted'],
      [copy!.host, copy!.state],
    ]),
  );
  expect((await catalog.alarms()).filter(({ message }) => message === 'x')).toEqual([]);
  expect((await forget('gone')).status).toBe(4);
  const here = await readFile(path.join(service.stateDirectory, 'host-id'), 'utf8');
  const refused = await forget(here.trim());
  expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('is there')]);
});

// Its run goes on when the killed worker has missed its heartbeats: the tests in between need not wait for that.
test('the killed clean-up goes on to its end, and its history is short', async () => {
  database = 'killed';
  const handle = service.client.workflow.getHandle('killed');
  const result = (await handle.result()) as CleanupResult;
  expect(result).toMatchObject({ deleted: { count: 150 }, kept: { count: 151 }, refused: [] });
  expect(await files()).toEqual([...young].sort());
  expect((await handle.describe()).historyLength).toBeLessThan(150);
  const shown = (await service.cli('show', old[0]!, '--json')).json() as BackupSummary;
  expect(shown.copies).toMatchObject([{ state: 'deleted' }]);
});
