import { readdir } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { RestoreSummary } from '../../src/domain/restore.ts';
import { fingerprintsOf } from '../harness/dump.ts';
import {
  createTestDatabase,
  onCluster,
  testDatabase,
  type TestDatabase,
} from '../harness/postgres.ts';
import { createTestService, databaseUrl, type TestService } from '../harness/service.ts';

let database: TestDatabase;
let service: TestService;
let backup: BackupSummary;
const made: string[] = [];

beforeAll(async () => {
  database = await createTestDatabase('shop');
  const client = await database.connect();
  await client.query(`
    CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL);
    INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(1, 500) n;
    CREATE TABLE orders (id serial PRIMARY KEY, customer int NOT NULL REFERENCES customers);
    INSERT INTO orders (customer) SELECT n FROM generate_series(1, 400) n;
  `);
  await client.query(`ALTER DATABASE ${pg.escapeIdentifier(database.name)} SET work_mem = '9MB'`);
  await client.end();
  service = await createTestService({ DATABASE_URL: databaseUrl(database.connection) });
  await service.startWorker();
  const done = await service.cli('backup', '--json');
  expect(done.status, done.stderr).toBe(0);
  backup = done.json() as BackupSummary;
}, 180_000);

afterAll(async () => {
  await service.close();
  for (const name of made) await testDatabase(name).drop();
  await database.drop();
});

/** A name for a database that `afterAll` drops. */
function newName(label: string): string {
  const name = `${database.name}_${label}`;
  made.push(name);
  return name;
}

const urlOf = (name: string) => databaseUrl(testDatabase(name).connection);

async function databasesLike(name: string): Promise<string[]> {
  const rows = await onCluster<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE starts_with(datname, ${pg.escapeLiteral(name)})`,
  );
  return rows.map(({ datname }) => datname).sort();
}

describe('restore', () => {
  test('makes a database that is proven equal to the source', async () => {
    const name = newName('made');
    const done = await service.cli('restore', 'latest', '--to', urlOf(name), '--create', '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({
      backup: backup.id,
      ...{ state: 'proven', tables: 2, rows: 900, mismatches: 0, keptAs: null },
    });
    expect(await fingerprintsOf(testDatabase(name))).toEqual(await fingerprintsOf(database));
    expect(await databasesLike(name)).toEqual([name]);
    expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
  });

  test('fills an empty database, whose locale it keeps', async () => {
    const name = newName('empty');
    await onCluster(`CREATE DATABASE "${name}" TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
    const done = await service.cli('restore', backup.id, '--to', urlOf(name), '--json');
    expect(done.status, done.stderr).toBe(0);
    const [found] = await onCluster<{ collate: string }>(
      `SELECT datcollate AS collate FROM pg_database WHERE datname = '${name}'`,
    );
    expect(found?.collate).toBe('C');
    expect(await fingerprintsOf(testDatabase(name))).toEqual(await fingerprintsOf(database));
    expect(await databasesLike(name)).toEqual([name]);
  });

  test('replaces a database in use, by its name in the settings, and keeps the old one', async () => {
    const before = await fingerprintsOf(database);
    const client = await database.connect();
    await client.query('DELETE FROM orders');
    const shop = backup.database;
    const done = await service.cli('restore', 'latest', '--to', shop, '--clean', '--yes', '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(done.stderr).toMatch(/replaces +'shop_.*drop 'shop_.*_before_/);
    await expect(client.query('SELECT')).rejects.toThrow();
    const { keptAs } = done.json() as RestoreSummary;
    made.push(keptAs!);
    expect(await fingerprintsOf(database)).toEqual(before);
    const kept = await fingerprintsOf(testDatabase(keptAs!));
    expect(kept.find(({ table }) => table === 'orders')?.rows).toBe(0);
  });

  test('brings a table back into a database in use, and the rows of one that is there with --clean', async () => {
    const client = await database.connect();
    await client.query('DROP TABLE orders');
    const shop = backup.database;
    const gone = await service.cli('restore', 'latest', '--to', shop, '--table', 'public.orders');
    expect(gone.status, gone.stderr).toBe(0);
    expect(gone.stderr).toContain(`1 table is made in '${database.name}' in one transaction`);
    await client.query(`UPDATE customers SET name = 'gone'`);
    const again = ['restore', 'latest', '--to', shop, '--table', 'public.c*'];
    const refused = await service.cli(...again);
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('--clean')]);
    const done = await service.cli(...again, '--clean', '--yes', '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({ state: 'proven', tables: 1, rows: 500, keptAs: null });
    const { rows } = await client.query(`SELECT FROM customers WHERE name = 'gone'`);
    expect(rows).toEqual([]);
    await client.end();
    expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
  });

  test('says with --dry-run what would be done, and does nothing', async () => {
    const name = `${database.name}_dry`;
    const options = ['--to', urlOf(name), '--create', '--dry-run', '--json'];
    const done = await service.cli('restore', 'latest', ...options);
    expect(done.status, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({
      backup: backup.id,
      ...{ tables: 2, rows: 900, missingRoles: [], obstacles: [] },
      action: `database '${name}' is made`,
    });
    expect(await databasesLike(name)).toEqual([]);
  });
});

describe('what cannot be restored is refused before anything is made', () => {
  const cases: [string, string[], number, RegExp][] = [
    ['into a database that is not there', ['--to', 'NAME'], 1, /has no database.*--create/s],
    ['into one that is not empty', ['--to', 'SOURCE'], 1, /is not empty.*--clean/s],
    ['to a URL with a password', ['--to', 'postgres://a:b@db/x'], 2, /password.*PGPASSFILE/s],
    ['to an unknown name', ['--to', 'nowhere'], 4, /'nowhere' is not in the settings/],
    ['as of a time before all backups', ['--to', 'NAME', '--at', '2020-01-01'], 4, /no proven/],
    ['by --clean without a yes', ['--to', 'SOURCE', '--clean'], 2, /--yes/],
  ];
  test.each(cases)('%s', async (_, args, status, text) => {
    const named = args.map((word) =>
      word.replace('NAME', urlOf(`${database.name}_no`)).replace('SOURCE', urlOf(database.name)),
    );
    const done = await service.cli('restore', 'latest', ...named);
    expect([done.status, done.stderr]).toEqual([status, expect.stringMatching(text)]);
    expect(await databasesLike(`${database.name}_no`)).toEqual([]);
  });
});
