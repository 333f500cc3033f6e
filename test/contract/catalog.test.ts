import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog, type NewBackup } from '../../src/catalog/catalog.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { Proof, ProofState } from '../../src/domain/proof.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('catalog');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

let hour = 0;

/** A backup of a later hour each time. */
function newBackup(name: string, runId = `run-${hour}`): NewBackup {
  const time = new Date(Date.UTC(2026, 0, 1, hour++));
  return {
    name: { database: name, kind: 'full', module: null, time },
    triggeredAt: time,
    queue: 'host-a',
    workflowId: `backup/${name}`,
    runId,
  };
}

function manifestOf(id: string, name: string): Manifest {
  const tables = [{ schema: 'public', table: '数据 "x"', rows: 5_000_000_000, hash: '-12' }];
  return {
    formatVersion: 1,
    ...{ id, database: name, kind: 'full', module: null, base: null, dumpBytes: 9_000_000_000 },
    triggeredAt: '2026-01-01T00:00:00.000Z',
    snapshotAt: '2026-01-01T00:00:01.123Z',
    artifact: { file: `${id}.tar.zst`, bytes: 4_000_000_000, sha256: 'ab' },
    source: { tables },
  } as unknown as Manifest;
}

function proofOf(backup: string, state: ProofState, startedAt: string): Proof {
  const expected = { rows: 3, hash: '1' };
  return {
    ...{ backup, state, startedAt, reason: state === 'proven' ? null : 'a row is missing' },
    ...{ seconds: 1.5, mismatches: state === 'proven' ? 0 : 1 },
    tables: [{ schema: 'public', table: 't', expected, restored: expected, equal: true }],
  } as unknown as Proof;
}

function copyOf(backup: string, destination = 'local', host: string | null = 'host-a') {
  const key = `shop/${backup}.tar.zst`;
  const sizes = { bytes: 4_000_000_000, sha256: 'ab' };
  return { backup, destination, host, uri: `/var/${key}`, key, ...sizes, state: 'good' as const };
}

async function prove(name: string): Promise<string> {
  const id = await catalog.startBackup(newBackup(name));
  const end = { state: 'proven', reason: null, manifest: manifestOf(id, name) } as const;
  await catalog.finishBackup(id, end);
  return id;
}

describe('opening', () => {
  test('several may open a new catalog at once', async () => {
    const fresh = await createTestDatabase('catalog_new');
    const opened = await Promise.all([1, 2, 3, 4].map(() => openCatalog(fresh.connection)));
    await opened[0]?.startBackup(newBackup('shop'));
    expect(await opened[3]?.list({})).toHaveLength(1);
    await Promise.all(opened.map((each) => each.close()));
    await fresh.drop();
  });

  test('a server that is not there is named', async () => {
    const connection = { ...database.connection, host: '127.0.0.1', port: 1 };
    await expect(openCatalog(connection)).rejects.toMatchObject({
      code: 'catalog_unreachable',
      message: expect.stringContaining('127.0.0.1:1') as string,
    });
  });

  test('a lost session is replaced', async () => {
    const other = await openCatalog(database.connection);
    const client = await database.connect();
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`,
    );
    await client.end();
    const outcomes = await Promise.allSettled([other.list({}), other.list({}), catalog.list({})]);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: 'catalog_unreachable' });
      }
    }
    await expect.poll(() => other.list({}).catch(() => 'lost')).toBeInstanceOf(Array);
    await expect.poll(() => catalog.list({}).catch(() => 'lost')).toBeInstanceOf(Array);
    await other.close();
  });
});

describe('a backup id', () => {
  test('is the same again for the same run', async () => {
    const backup = newBackup('again');
    const id = await catalog.startBackup(backup);
    expect(await catalog.startBackup(backup)).toBe(id);
    expect(await catalog.list({ database: 'again' })).toHaveLength(1);
  });

  test('that is taken gets the next second, for each of many runs at once', async () => {
    const backup = newBackup('busy');
    const runs = Array.from({ length: 8 }, (_, index) => ({ ...backup, runId: `busy-${index}` }));
    const ids = await Promise.all(runs.map((run) => catalog.startBackup(run)));
    expect(new Set(ids).size).toBe(8);
    expect([...ids].sort()[0]).toMatch(/^busy_full_\d{8}_\d{2}0000$/);
    expect([...ids].sort()[7]).toMatch(/0007$/);
    expect(await Promise.all(runs.map((run) => catalog.startBackup(run)))).toEqual(ids);
  });
});

describe('the end of a backup', () => {
  test('is what its summary says', async () => {
    const id = await catalog.startBackup(newBackup('shop'));
    expect(await catalog.summary(id)).toMatchObject({
      state: 'running',
      artifact: null,
      proof: null,
    });
    expect(await catalog.runningBackups()).toContainEqual(
      expect.objectContaining({ id, database: 'shop', kind: 'full', workflowId: 'backup/shop' }),
    );
    const timings = { dumped: 1, sealed: 2.5, offsite: null, proven: 3, total: 4 };
    const end = {
      state: 'proven',
      reason: null,
      manifest: manifestOf(id, 'shop'),
      timings,
    } as const;
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      await catalog.recordCopy(copyOf(id));
      await catalog.recordProof(proofOf(id, 'proven', '2026-01-01T00:00:02Z'));
      await catalog.finishBackup(id, end);
    }
    expect(await catalog.summary(id)).toEqual({
      ...{ id, kind: 'full', database: 'shop', module: null, base: null, changes: null },
      ...{ state: 'proven', reason: null, timings, hold: null },
      artifact: { path: `/var/shop/${id}.tar.zst`, bytes: 4_000_000_000, sha256: 'ab' },
      copies: [{ destination: 'local', uri: `/var/shop/${id}.tar.zst`, state: 'good' }],
      proof: { state: 'proven', tables: 1, rows: 3, mismatches: 0, seconds: 1.5, reason: null },
    });
    expect(await catalog.manifest(id)).toEqual(manifestOf(id, 'shop'));
    expect(await catalog.runningBackups()).not.toContainEqual(expect.objectContaining({ id }));
  });

  test('a failure after everything was recorded does not unmake the backup', async () => {
    const id = await prove('late');
    await catalog.finishBackup(id, { state: 'cancelled', reason: 'too late' });
    expect(await catalog.summary(id)).toMatchObject({ state: 'proven', reason: null });
  });

  test('a run that was taken for dead may still record its backup', async () => {
    const id = await catalog.startBackup(newBackup('undead'));
    await catalog.finishBackup(id, { state: 'failed', reason: 'its run ended' });
    const manifest = manifestOf(id, 'undead');
    await catalog.finishBackup(id, { state: 'proven', reason: null, manifest });
    expect(await catalog.summary(id)).toMatchObject({ state: 'proven', reason: null });
  });
});

describe('finding', () => {
  test('lists newest first, filtered and in pages', async () => {
    const ids = [await prove('list'), await prove('list'), await prove('list')];
    const failed = await catalog.startBackup(newBackup('list'));
    await catalog.finishBackup(failed, { state: 'failed', reason: 'x' });
    const proven = { database: 'list', states: ['proven'] } as const;
    const found = await catalog.list(proven);
    expect(found.map(({ id }) => id)).toEqual([...ids].reverse());
    expect(await catalog.list({ ...proven, limit: 1, offset: 1 })).toMatchObject([{ id: ids[1] }]);
    expect(await catalog.list({ database: 'list', kind: 'incremental' })).toEqual([]);
    expect(await catalog.newest({ ...proven, module: null })).toMatchObject({ id: ids[2] });
    expect(await catalog.newest({ ...proven, module: 'dictionaries' })).toBeUndefined();
  });

  test('latest is the newest proven, else the newest unproven, never a failed one', async () => {
    const unproven = await catalog.startBackup(newBackup('latest'));
    const manifest = manifestOf(unproven, 'latest');
    await catalog.finishBackup(unproven, { state: 'unproven', reason: 'x', manifest });
    const failed = await catalog.startBackup(newBackup('latest'));
    await catalog.finishBackup(failed, { state: 'failed', reason: 'x' });
    expect(await catalog.find('latest', 'latest')).toMatchObject({ id: unproven });
    const proven = await prove('latest');
    expect(await catalog.find('latest', 'latest')).toMatchObject({ id: proven });
    expect(await catalog.find(failed)).toMatchObject({ id: failed });
    expect(await catalog.find(failed, 'other')).toBeUndefined();
    expect(await catalog.find('latest', 'nobody')).toBeUndefined();
  });

  test('counts and sums each database', async () => {
    const first = await prove('sum');
    const second = await prove('sum');
    await catalog.startBackup(newBackup('sum'));
    await catalog.recordCopy(copyOf(first));
    await catalog.recordCopy({ ...copyOf(second), state: 'damaged' });
    expect((await catalog.overview()).find(({ name }) => name === 'sum')).toEqual({
      name: 'sum',
      counts: { running: 1, proven: 2, unproven: 0, failed: 0, cancelled: 0, skipped: 0 },
      bytes: 4_000_000_000,
      newestProven: { id: second, snapshotAt: '2026-01-01T00:00:01.123Z' },
    });
  });
});

test('copies are checked in the order in which they were not looked at for longest', async () => {
  const id = await prove('copies');
  await catalog.recordCopy(copyOf(id));
  await catalog.recordCopy(copyOf(id, 's3', null));
  await catalog.recordCopy({ ...copyOf(id, 'oss', null), state: 'deleted' });
  const destinations = async () =>
    (await catalog.copiesToCheck({ backup: id })).map(({ destination }) => destination);
  expect(await destinations()).toEqual(['local', 's3']);
  await catalog.recordCheck({ backup: id, destination: 'local', host: 'host-a', state: 'damaged' });
  await catalog.recordCheck({ backup: id, destination: 'none', host: null, state: 'good' });
  expect(await destinations()).toEqual(['s3', 'local']);
  expect(await catalog.copiesToCheck({ database: 'copies' })).toMatchObject([
    { backup: id, database: 'copies', host: null, key: `shop/${id}.tar.zst`, sha256: 'ab' },
    { host: 'host-a' },
  ]);
  expect(await catalog.copies(id)).toMatchObject([
    { ...copyOf(id), state: 'damaged' },
    { destination: 'oss', host: null, state: 'deleted' },
    copyOf(id, 's3', null),
  ]);
});

test('an alarm is open once, until it is cleared', async () => {
  const alarm = { key: 'backup:shop:full', database: 'shop', message: 'failed', hint: null };
  await catalog.raiseAlarm(alarm);
  const again = { ...alarm, message: 'failed again', code: 'dump_failed' } as const;
  await catalog.raiseAlarm(again);
  expect(await catalog.alarms()).toMatchObject([again]);
  await catalog.clearAlarm(alarm.key);
  await catalog.clearAlarm(alarm.key);
  expect(await catalog.alarms()).toEqual([]);
  await catalog.raiseAlarm(alarm);
  expect(await catalog.alarms()).toHaveLength(1);
});

describe('a lease', () => {
  const owner = (runId: string) => ({ workflowId: 'w', runId });
  const take = (resource: string, capacity: number, runId: string, alive = true) =>
    catalog.takeLease({ resource, capacity, owner: owner(runId) }, () => Promise.resolve(alive));

  test('is held by no more than its capacity, whoever asks at once', async () => {
    const runs = Array.from({ length: 10 }, (_, index) => `r${index}`);
    const taken = await Promise.all(runs.map((run) => take('many', 3, run)));
    expect(taken.filter(Boolean)).toHaveLength(3);
    expect(await Promise.all(runs.map((run) => take('many', 3, run)))).toEqual(taken);
  });

  test('that was given back can be taken', async () => {
    expect(await take('one', 1, 'a')).toBe(true);
    expect(await take('one', 1, 'b')).toBe(false);
    await catalog.releaseLeases(owner('a'));
    await catalog.releaseLeases(owner('a'));
    expect(await take('one', 1, 'b')).toBe(true);
  });

  test('of a dead owner is free', async () => {
    expect(await take('dead', 1, 'a')).toBe(true);
    expect(await take('dead', 1, 'b', false)).toBe(true);
    expect(await take('dead', 1, 'a')).toBe(false);
  });
});

test('finds its way among 100,000 backups by indexes', async () => {
  const client = await database.connect();
  await client.query(
    `insert into pma_backup.backups
            (id, database, kind, state, workflow_id, run_id, queue, triggered_at)
     select 'many_full_' || n, 'many-' || n % 100, 'full', 'proven', 'w', 'r' || n, 'q',
            timestamptz '2020-01-01' + n * interval '1 minute'
       from generate_series(1, 100000) n`,
  );
  await client.query('analyze pma_backup.backups');
  const explain = async (query: string) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain ${query}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  const newest = 'order by triggered_at desc, id desc limit 20';
  const all = 'select id, state from pma_backup.backups';
  expect(await explain(`${all} ${newest}`)).toContain('backups_newest');
  const ofOne = `where database = 'many-7'`;
  expect(await explain(`${all} ${ofOne} ${newest}`)).toContain('backups_of_database');
  expect(await explain(`${all} where state = 'running'`)).toContain('backups_running');
  expect(await catalog.newest({ database: 'many-7', states: ['proven'] })).toMatchObject({
    id: 'many_full_99907',
  });
  expect(await catalog.overview()).toContainEqual(
    expect.objectContaining({ name: 'many-7', newestProven: expect.anything() as object }),
  );
  await client.end();
});
