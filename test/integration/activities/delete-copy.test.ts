import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { finishDelete } from '../../../activities/delete-copy.ts';
import type { Dependencies } from '../../../activities/dependencies.ts';
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts';
import { BackupError } from '../../../src/errors.ts';
import { createLocalStorage } from '../../../src/storage/local.ts';
import type { DeleteResult, Storage } from '../../../src/storage/storage.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;
let directory: string;
let id = '';
let hour = 0;

beforeAll(async () => {
  database = await createTestDatabase('deletes');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

const copy = () => ({ backup: id, destination: 'local', host: 'a' });

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pma-delete-'));
  const time = new Date(Date.UTC(2026, 0, 1, hour++));
  id = await catalog.startBackup({
    ...{ name: { database: 'shop', kind: 'full', module: null, time }, triggeredAt: time },
    ...{ queue: 'q', workflowId: 'w', runId: `r${hour}` },
  });
  const files = ['tar.zst', 'manifest.json', 'proof.20260101_000000.json', 'verify.tar.zst'];
  for (const file of files) {
    await createLocalStorage(directory).putText(`shop/${id}.${file}`, file);
  }
  const key = `shop/${id}.tar.zst`;
  const about = { uri: key, key, bytes: 7, sha256: 'ab', state: 'good' as const };
  await catalog.recordCopy({ ...copy(), ...about });
  await catalog.finishBackup(id, { state: 'proven', reason: null });
  await catalog.startDelete({ ...copy(), reason: 'deleted: old', by: 'r' });
});

/** The local storage, where deleting is what the test makes of it. */
function finish(
  before: 'good' | null,
  deleteOne: Storage['delete'] = real,
  lock: Storage['lock'] = () => Promise.resolve(undefined),
): Promise<string | null> {
  const storage = { ...createLocalStorage(directory), delete: deleteOne, lock };
  const deps = { catalog, storage: () => storage } as unknown as Dependencies;
  return finishDelete(deps, { ...copy(), database: 'shop' }, before);
}

const real = (key: string): Promise<DeleteResult> => createLocalStorage(directory).delete(key);
const files = () => readdir(path.join(directory, 'shop'));
const state = async () => (await catalog.copies(id))[0]?.state;

test('the manifest goes first, the artifact after proofs', async () => {
  const order: string[] = [];
  await finish('good', (key) => {
    order.push(key.replace(`shop/${id}.`, ''));
    return real(key);
  });
  expect(order.slice(0, 2)).toEqual(['manifest.json', 'proof.20260101_000000.json']);
  expect(order).toHaveLength(4);
  expect(await files()).toEqual([]);
  expect(await catalog.unfinishedDeletes('a')).toEqual([]);
  await rm(directory, { recursive: true });
});

test('a locked copy stays, with the time until when', async () => {
  const until = new Date('2031-01-01T00:00:00Z');
  const locked = () => Promise.resolve({ state: 'locked' as const, until });
  expect(await finish('good', locked)).toBe('kept until 2031-01-01T00:00:00.000Z: locked');
  expect(await state()).toBe('locked');
  expect(await files()).toHaveLength(4);
  await rm(directory, { recursive: true });
});

test('a refused delete leaves the row as it was', async () => {
  const refused = () => Promise.reject(new BackupError('directory_not_writable', 'no'));
  expect(await finish('good', refused)).toBe('kept: no');
  expect(await state()).toBe('good');
  await rm(directory, { recursive: true });
});

test('where it cannot be asked for locks, nothing is deleted and the row is as it was', async () => {
  const refused = () => Promise.reject(new BackupError('storage_refused', 'no'));
  expect(await finish('good', real, refused)).toBe('kept: no');
  expect(await state()).toBe('good');
  expect(await files()).toHaveLength(4);
  await rm(directory, { recursive: true });
});

test('refused half-way, the copy stays deleted and is brought to its end the next time', async () => {
  let calls = 0;
  const halfWay = (key: string) =>
    ++calls > 1 ? Promise.reject(new BackupError('directory_not_writable', 'no')) : real(key);
  expect(await finish('good', halfWay)).toBe('kept: no');
  expect(await state()).toBe('deleted');
  expect(await catalog.unfinishedDeletes('a')).toMatchObject([{ backup: id }]);
  expect(await finish(null)).toBeNull();
  expect(await files()).toEqual([]);
  await rm(directory, { recursive: true });
});

test('what may go well the next time is tried again', async () => {
  const unreachable = () => Promise.reject(new BackupError('connection_lost', 'cut'));
  await expect(finish('good', unreachable)).rejects.toMatchObject({ code: 'connection_lost' });
  expect(await catalog.unfinishedDeletes('a')).toMatchObject([{ backup: id }]);
  await finish(null);
  await rm(directory, { recursive: true });
});
