import { escapeIdentifier, type Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseSettings } from '../../../src/config.ts';
import { examineDatabase } from '../../../src/service/doctor/database.ts';
import { leastPrivilegeSql } from '../../../src/service/doctor/grants.ts';
import { withDump } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

const { signal } = new AbortController();
let database: TestDatabase;
let client: Client;
let role: string;

beforeAll(async () => {
  database = await createTestDatabase('grants');
  client = await database.connect();
  role = `reader "of" ${database.name}`;
  await client.query(`
    CREATE SCHEMA "订单";
    CREATE TABLE "订单"."Line ""items""" (id serial PRIMARY KEY, what text);
    INSERT INTO "订单"."Line ""items""" (what) SELECT 'x' FROM generate_series(1, 10);
    CREATE TABLE secret (id int);
    INSERT INTO secret VALUES (1), (2);
    ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
    CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM secret;
    SELECT lo_from_bytea(0, 'large')`);
  const settings = { name: 'shop', connection: database.connection } as DatabaseSettings;
  await client.query(await leastPrivilegeSql({ databases: [settings] }, role, signal));
});

afterAll(async () => {
  const name = escapeIdentifier(role);
  await client.query(`DROP OWNED BY ${name}; DROP ROLE ${name}`);
  await client.end();
  await database.drop();
});

const asReader = () => ({ ...database.connection, user: role });

test('the role of doctor --grants may back everything up', async () => {
  await withDump(database, { connection: asReader() }, ({ reading }) => {
    const rows = reading.tables.map(({ table, rows: count }) => [table, count]);
    expect(rows.sort()).toEqual([
      ['Line "items"', 10],
      ['secret', 2],
    ]);
    expect(reading.largeObjects.count).toBe(1);
    return Promise.resolve();
  });
});

test('doctor finds nothing that it lacks', async () => {
  const { checks } = await examineDatabase({ name: 'shop', connection: asReader() }, signal);
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
});

test('it may change nothing', async () => {
  const { rows } = await client.query(
    `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication AS power,
       has_table_privilege($1, 'secret', 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes
     FROM pg_roles WHERE rolname = $1`,
    [role],
  );
  expect(rows).toEqual([{ power: false, writes: false }]);
});

test('the lines may be run again', async () => {
  const settings = { name: 'shop', connection: database.connection } as DatabaseSettings;
  await client.query(await leastPrivilegeSql({ databases: [settings] }, role, signal));
});

test('doctor names the databases of the server that nobody protects', async () => {
  const { checks } = await examineDatabase(
    { name: 'shop', connection: { ...database.connection, database: 'postgres' } },
    signal,
    ['another'],
  );
  const check = checks.find(({ name }) => name.endsWith('other databases'));
  expect(check).toMatchObject({ state: 'warning' });
  expect(check?.message).toContain('on the same server');
  const all = await client.query<{ name: string }>('SELECT datname AS name FROM pg_database');
  const named = await examineDatabase(
    { name: 'shop', connection: database.connection },
    signal,
    all.rows.map(({ name }) => name),
  );
  expect(named.checks.find(({ name }) => name.endsWith('other databases'))?.state).toBe('ok');
});

test('doctor sees that no pooler stands before the server', async () => {
  const { checks } = await examineDatabase(
    { name: 'shop', connection: database.connection },
    signal,
  );
  expect(checks.find(({ name }) => name.endsWith('pooler'))).toMatchObject({ state: 'ok' });
});
