import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;
let hour = 0;
let name = '';

beforeAll(async () => {
  database = await createTestDatabase('catalog');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

beforeEach(() => {
  name = `shop-${++hour}`;
});

async function start(base?: string): Promise<string> {
  const time = new Date(Date.UTC(2026, 0, 1, hour++));
  const kind = base === undefined ? 'full' : 'incremental';
  return catalog.startBackup({
    ...{ name: { database: name, kind, module: null, time }, triggeredAt: time, queue: 'q' },
    ...{ workflowId: `backup/${name}`, runId: `r-${hour}` },
    ...(base === undefined ? {} : { base }),
  });
}

function manifestOf(id: string): Manifest {
  const artifact = { file: id, bytes: 7, sha256: 'ab' };
  const at = new Date(0).toISOString();
  return {
    ...{ id, artifact, snapshotAt: at, dumpBytes: 7 },
    source: { tables: [] },
  } as unknown as Manifest;
}

async function stored(options: { base?: string; places?: [string, string | null][] } = {}) {
  const { base, places = [['local', 'a']] } = options;
  const id = await start(base);
  for (const [destination, host] of places) {
    await catalog.recordCopy({
      ...{ backup: id, destination, host, uri: `/${id}`, key: id, bytes: 7, sha256: 'ab' },
      state: 'good',
    });
  }
  await catalog.finishBackup(id, { state: 'proven', reason: null, manifest: manifestOf(id) });
  return id;
}

const deletion = (backup: string, destination = 'local', host: string | null = 'a') => ({
  ...{ backup, destination, host, reason: 'deleted: older than 1 day', by: `run of ${backup}` },
});

const owner = (runId: string) => ({ workflowId: 'restore', runId });
const lease = (resource: string, runId: string) =>
  catalog.takeLease({ resource, capacity: 9, owner: owner(runId) }, () => Promise.resolve(true));

test('what retention decides about is running or has a copy that is not deleted', async () => {
  const running = await start();
  const gone = await stored();
  const full = await stored({ places: [['s3', null]] });
  await catalog.startDelete(deletion(gone));
  await lease(`backup:${full}`, 'retention');
  const found = await catalog.retentionBackups(name);
  expect(found.map(({ id }) => id).sort()).toEqual([running, full].sort());
  expect(found.find(({ id }) => id === full)).toMatchObject({
    ...{ state: 'proven', base: null, held: false, leased: true },
    copies: [{ destination: 's3', host: null, state: 'good', lastCheckGood: true, bytes: 7 }],
  });
});

test('a copy is marked, then finished, and the run that did it is remembered', async () => {
  const id = await stored();
  const copy = { backup: id, destination: 'local', host: 'a' };
  expect(await catalog.startDelete(deletion(id))).toBeNull();
  expect(await catalog.startDelete({ ...deletion(id), by: 'another' })).toBeNull();
  expect(await catalog.copies(id)).toMatchObject([{ state: 'deleted' }]);
  expect(await catalog.hostsToTidy()).toContain('a');
  const begun = { ...copy, database: name, bytes: 7 };
  expect(await catalog.unfinishedDeletes('a')).toContainEqual(begun);
  expect(await catalog.unfinishedDeletes(null)).toEqual([]);
  await catalog.finishDelete(copy);
  await catalog.finishDelete(copy);
  expect(await catalog.unfinishedDeletes('a')).not.toContainEqual(begun);
  expect(await catalog.deletedBy(`run of ${id}`, 10)).toEqual({
    ...{ count: 1, bytes: 7 },
    copies: [{ ...copy, bytes: 7, reason: 'deleted: older than 1 day' }],
  });
  expect((await catalog.deletedBy('another', 10)).count).toBe(0);
});

test('a copy that could not be deleted is there again', async () => {
  const id = await stored();
  await catalog.startDelete(deletion(id));
  const lockedUntil = new Date('2030-01-01');
  const copy = { backup: id, destination: 'local', host: 'a' };
  await catalog.undoDelete({ ...copy, state: 'locked', lockedUntil });
  const [found] = await catalog.retentionBackups(name);
  expect(found?.copies).toMatchObject([{ state: 'locked', lockedUntil }]);
  await catalog.recordCheck({ ...copy, state: 'good' });
  expect(await catalog.copies(id)).toMatchObject([{ state: 'locked' }]);
  expect((await catalog.deletedBy(`run of ${id}`, 10)).count).toBe(0);
});

test('a hold is entered, told, and ended', async () => {
  const id = await stored();
  const at = '2026-03-01T00:00:00.000Z';
  const hold = { formatVersion: 1, backup: id, by: 'eve', reason: null, at } as const;
  expect(await catalog.hold(hold)).toBe(true);
  expect(await catalog.hold({ ...hold, reason: 'audit' })).toBe(true);
  expect((await catalog.summary(id))?.hold).toEqual({ by: 'eve', reason: 'audit', at });
  expect(await catalog.retentionBackups(name)).toMatchObject([{ held: true }]);
  expect(await catalog.startDelete(deletion(id))).toBe('kept: on hold');
  expect(await catalog.release(id)).toBe(true);
  expect(await catalog.release(id)).toBe(false);
  expect((await catalog.summary(id))?.hold).toBeNull();
  expect(await catalog.startDelete(deletion(id))).toBeNull();
  expect(await catalog.hold(hold)).toBe(false);
});

describe('a copy is not marked while', () => {
  test('a restore reads its backup or an incremental of it', async () => {
    const full = await stored();
    const incremental = await stored({ base: full, places: [['s3', null]] });
    await lease(`backup:${full}`, 'one');
    expect(await catalog.startDelete(deletion(full))).toBe('kept: a restore reads it');
    await catalog.releaseLeases(owner('one'));
    await lease(`backup:${incremental}:files`, 'two');
    expect(await catalog.leaseOwners('backup:')).toContainEqual(owner('two'));
    expect(await catalog.startDelete(deletion(full))).toBe('kept: a restore reads it');
    await catalog.releaseLeases(owner('two'));
    await catalog.startDelete(deletion(incremental, 's3', null));
    expect(await catalog.startDelete(deletion(full))).toBeNull();
  });

  test('an incremental in the same place, or one whose place has no full, needs it', async () => {
    const full = await stored();
    const incremental = await stored({ base: full });
    const reason = `kept: needed by ${incremental}`;
    expect(await catalog.startDelete(deletion(full))).toBe(reason);
    const elsewhere = await stored();
    const other = await stored({ base: elsewhere, places: [['s3', null]] });
    expect(await catalog.startDelete(deletion(elsewhere))).toBe(`kept: needed by ${other}`);
  });

  test('but while an incremental elsewhere has a full beside it', async () => {
    const full = await stored({
      places: [
        ['local', 'a'],
        ['s3', null],
      ],
    });
    await stored({ base: full, places: [['s3', null]] });
    expect(await catalog.startDelete(deletion(full))).toBeNull();
  });

  test('an incremental of it is being made', async () => {
    const full = await stored();
    const running = await start(full);
    expect(await catalog.startDelete(deletion(full))).toBe(`kept: needed by ${running}`);
  });
});

test('the copies on a host that is forgotten are deleted, begun ones too, and those elsewhere are not', async () => {
  const places: [string, string | null][] = [
    ['local', `gone-${name}`],
    ['local', 'a'],
    ['s3', null],
  ];
  const [id, begun] = [await stored({ places }), await stored({ places })];
  const host = `gone-${name}`;
  await catalog.startDelete(deletion(begun, 'local', host));
  expect(await catalog.hostsToTidy()).toContain(host);
  const forgotten = await catalog.forgetHost(host);
  const of = (backup: string) => ({ backup, destination: 'local', host });
  expect(forgotten).toHaveLength(2);
  expect(forgotten).toEqual(expect.arrayContaining([of(id), of(begun)]));
  expect(await catalog.hostsToTidy()).not.toContain(host);
  expect((await catalog.copies(id)).map((copy) => [copy.host, copy.state])).toEqual([
    ['a', 'good'],
    [host, 'deleted'],
    [null, 'good'],
  ]);
  expect(await catalog.forgetHost(host)).toEqual([]);
});

test('a copy is to be made where it is not good or never was, from a good one, and not where it was deleted', async () => {
  const make = (clouds: string[]) => catalog.copiesToMake({ database: name, clouds, limit: 9 });
  const broken = await stored({
    places: [
      ['local', 'a'],
      ['s3', null],
    ],
  });
  const onlyLocal = await stored();
  const expired = await stored({
    places: [
      ['local', 'a'],
      ['s3', null],
    ],
  });
  await catalog.startDelete(deletion(expired, 's3', null));
  const s3 = { destination: 's3', host: null };
  expect(await make(['s3'])).toEqual([{ backup: onlyLocal, ...s3 }]);
  await catalog.recordCheck({ backup: broken, ...s3, state: 'damaged' });
  expect(await make(['s3'])).toEqual([
    { backup: onlyLocal, ...s3 },
    { backup: broken, ...s3 },
  ]);
  expect(await catalog.copiesToMake({ backup: broken, clouds: ['s3'], limit: 9 })).toHaveLength(1);
  expect(await make([])).toEqual([]);
  // Nothing is left to make it from.
  await catalog.recordCheck({ backup: broken, destination: 'local', host: 'a', state: 'missing' });
  expect(await make(['s3'])).toEqual([{ backup: onlyLocal, ...s3 }]);
});
