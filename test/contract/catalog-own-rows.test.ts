import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { OwnRow } from '../../src/catalog/contract/own-rows.ts';
import { ownTables } from '../../src/domain/catalog-backup.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

const databases: TestDatabase[] = [];
const opened: Catalog[] = [];
let lost: Catalog;

beforeAll(async () => {
  lost = await freshCatalog();
  await addUser(lost, 'ada', 'hash of ada');
  await lost.admitUser({ subject: 'sub-1', name: 'otto', role: 'viewer' });
  await lost.addToken(tokenOf('ada', 'ci'));
  for (let row = 1; row <= 2100; row++) await lost.audit(entry(`old ${row}`));
  await lost.raiseAlarm({ key: 'copy:x:s3', database: 'shop', message: 'missing', hint: null });
}, 60_000);

afterAll(async () => {
  for (const catalog of opened) await catalog.close();
  for (const database of databases) await database.drop();
});

async function freshCatalog(): Promise<Catalog> {
  const database = await createTestDatabase('own_rows');
  const catalog = await openCatalog(database.connection);
  databases.push(database);
  opened.push(catalog);
  return catalog;
}

const addUser = (catalog: Catalog, name: string, passwordHash: string) =>
  catalog.addUser({ name, role: 'admin', passwordHash, mustChangePassword: false });

const tokenOf = (user: string, name: string) => ({
  ...{ id: `token ${name}`, hash: `hash of ${name}`, name, user },
  scopes: ['read' as const],
  expiresAt: new Date(Date.now() + 86_400_000),
});

const entry = (target: string) =>
  ({
    user: 'ada',
    via: 'session',
    address: '::1',
    action: 'hold',
    target,
    result: 'done',
  }) as const;

async function* rowsOf(catalog: Catalog, passwords = true): AsyncGenerator<OwnRow[]> {
  for (const table of ownTables) {
    let after: string | null = null;
    do {
      const page: Awaited<ReturnType<Catalog['ownRows']>> = await catalog.ownRows({
        ...{ table, after, passwords },
      });
      yield page.rows.map((row) => ({ table, row: JSON.parse(row) as unknown }));
      after = page.last;
    } while (after !== null);
  }
}

test('every catalog has an id of its own', async () => {
  const [one, other] = [await lost.identity(), await (await freshCatalog()).identity()];
  expect(one.id).toMatch(/^[0-9a-f]{12}$/);
  expect(other.id).not.toBe(one.id);
  expect(one.brought).toBeNull();
});

test('users, tokens, the audit log and alarms come back into an empty catalog', async () => {
  const catalog = await freshCatalog();
  expect(await catalog.bringBack('catalog_1', rowsOf(lost))).toEqual({
    ...{ users: ['ada', 'otto'], withoutPassword: [], tokens: 1, audit: 2100, alarms: 1 },
  });
  expect(await catalog.users()).toEqual(await lost.users());
  expect(await catalog.credentials('ada')).toEqual({ passwordHash: 'hash of ada' });
  expect(await catalog.admitUser({ subject: 'sub-1', name: 'otto', role: 'admin' })).toBe('otto');
  expect(await catalog.token('hash of ci')).toMatchObject({ user: 'ada', scopes: ['read'] });
  const withoutId = ({ id, ...row }: { id: string }) => [row, id !== ''];
  const page = { limit: 50 };
  expect((await catalog.auditLog(page)).map(withoutId)).toEqual(
    (await lost.auditLog(page)).map(withoutId),
  );
  expect(await catalog.alarms()).toEqual([]); // what is still wrong raises its alarm again
  expect((await catalog.identity()).brought).toMatchObject({ from: 'catalog_1' });
});

test('what is here stays as it is, the older audit log comes before it, and nothing comes twice', async () => {
  const catalog = await freshCatalog();
  await addUser(catalog, 'ada', 'a newer hash');
  await catalog.audit(entry('new'));
  const brought = await catalog.bringBack('catalog_1', rowsOf(lost));
  expect(brought).toMatchObject({ users: ['otto'], tokens: 1, audit: 2100 });
  expect(await catalog.credentials('ada')).toEqual({ passwordHash: 'a newer hash' });
  await catalog.audit(entry('newest'));
  const newest = await catalog.auditLog({ limit: 3 });
  expect(newest.map(({ target }) => target)).toEqual(['newest', 'new', 'old 2100']);
  const older = await catalog.auditLog({ limit: 3000, before: newest[2]!.id });
  expect([older.length, older.at(-1)!.target]).toEqual([2099, 'old 1']);
  // Somebody who was removed since does not come back by a second one.
  await catalog.removeUser('otto');
  expect(await catalog.bringBack('catalog_1', rowsOf(lost))).toBeUndefined();
  expect(await catalog.bringBack('catalog_2', rowsOf(lost))).toBeUndefined();
  expect((await catalog.users()).map(({ name }) => name)).toEqual(['ada']);
});

test('without the hashes of passwords it is told who needs another one', async () => {
  const catalog = await freshCatalog();
  expect(await catalog.bringBack('catalog_1', rowsOf(lost, false))).toMatchObject({
    ...{ users: ['ada', 'otto'], withoutPassword: ['ada'] },
  });
  expect(await catalog.credentials('ada')).toEqual({ passwordHash: null });
  expect(await catalog.setPassword('ada', 'another', { mustChange: true })).toBe(true);
});

test('of rows that cannot be read to their end none come', async () => {
  const catalog = await freshCatalog();
  async function* broken() {
    for await (const batch of rowsOf(lost)) yield batch;
    throw new Error('the disk');
  }
  await expect(catalog.bringBack('catalog_1', broken())).rejects.toThrow('the disk');
  expect(await catalog.users()).toEqual([]);
  expect(await catalog.identity()).toMatchObject({ brought: null });
});
