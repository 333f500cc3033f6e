import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { selfTestDatabase, selfTestRestored } from '../../src/domain/self-test.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;
const ids: string[] = [];
const owner = { workflowId: 'restore/self-test', runId: 'r' };
const alarm = { key: 'restore:restore/self-test:r', message: 'half-made', hint: null };

beforeAll(async () => {
  database = await createTestDatabase('catalog');
  catalog = await openCatalog(database.connection);
  for (const name of ['shop', selfTestDatabase]) ids.push(await store(name));
  await catalog.startRestore({
    ...{ owner, backup: ids[1]!, target: selfTestRestored, restoring: 'x', secret: null },
  });
  await catalog.raiseAlarm({ ...alarm, database: null });
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

async function store(name: string): Promise<string> {
  const time = new Date(Date.UTC(2026, 2, 1));
  const id = await catalog.startBackup({
    ...{ name: { database: name, kind: 'full', module: null, time }, triggeredAt: time },
    ...{ queue: 'pma-backup@a', workflowId: `backup/${name}`, runId: 'r' },
  });
  const artifact = { file: id, bytes: 7, sha256: 'ab' };
  const about = { key: id, bytes: 7, sha256: 'ab', state: 'good' as const };
  await catalog.recordCopy({
    backup: id,
    destination: 'local',
    host: 'a',
    uri: `/${id}`,
    ...about,
  });
  const manifest = {
    ...{ id, artifact, snapshotAt: time.toISOString(), dumpBytes: 7, base: null },
    source: { tables: [] },
  } as unknown as Manifest;
  await catalog.finishBackup(id, { state: 'proven', reason: null, manifest });
  return id;
}

test('nobody sees the backups of a self-test who does not ask for them by name', async () => {
  const { states, ended, stored, copies } = await catalog.measures();
  const seen = [
    (await catalog.overview()).map(({ name }) => name),
    (await catalog.freshness()).map(({ name }) => name),
    ...[states, ended, stored, copies].map((rows) => rows.map((row) => row.database)),
    (await catalog.list({})).map((summary) => summary.database),
    [(await catalog.find('latest'))?.database],
    (await catalog.restorable({})).map((one) => one.database),
    (await catalog.copiesToCheck({})).map((copy) => copy.database),
  ];
  expect(seen).toEqual(seen.map(() => ['shop']));
  expect(await catalog.count({})).toBe(1);
  const days = await catalog.days({ since: new Date(0), timeZone: 'UTC' });
  expect(days.map(({ proven }) => proven)).toEqual([1]);
  const toMake = await catalog.copiesToMake({ clouds: ['s3'], limit: 9 });
  expect(toMake.map(({ backup }) => backup)).toEqual([ids[0]]);
});

test('its own runs find them', async () => {
  const mine = { database: selfTestDatabase };
  expect((await catalog.find('latest', selfTestDatabase))?.id).toBe(ids[1]);
  expect(await catalog.restorable({ backup: ids[1]! })).toHaveLength(1);
  expect(await catalog.copiesToCheck({ backup: ids[1]! })).toHaveLength(1);
  expect(await catalog.copiesToMake({ ...mine, clouds: ['s3'], limit: 9 })).toHaveLength(1);
  expect(await catalog.selfTestTraces()).toEqual({
    ...{ queues: ['pma-backup@a'], copies: [{ destination: 'local', host: 'a' }] },
  });
});

test('it raises no alarm', async () => {
  const before = await catalog.alarms();
  await catalog.raiseAlarm({ ...alarm, key: 'backup:x:full', database: selfTestDatabase });
  expect(await catalog.alarms()).toEqual(before);
});

test('it can be forgotten, with an alarm of its restore', async () => {
  await catalog.forgetSelfTests();
  await catalog.forgetSelfTests();
  expect(await catalog.summary(ids[1]!)).toBeUndefined();
  expect(await catalog.untidyRestores()).toEqual([]);
  expect(await catalog.alarms()).toEqual([]);
  expect(await catalog.summary(ids[0]!)).toBeDefined();
});
