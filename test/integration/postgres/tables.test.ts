import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listNotCompared, listTables } from '../../../src/postgres/tables.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('tables');
  client = await database.connect();
  await client.query(`
    CREATE SCHEMA "Über"; CREATE EXTENSION postgres_fdw; CREATE EXTENSION citext;
    CREATE DOMAIN positive AS numeric(9,2); CREATE DOMAIN small AS positive;
    CREATE TABLE "Über"."表 ""x""" (z small, "A" citext NOT NULL, gone int, b varchar(3)[],
      sum int GENERATED ALWAYS AS (1 + 1) STORED);
    ALTER TABLE "Über"."表 ""x""" DROP COLUMN gone;
    CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent);
    CREATE TABLE parts (a int) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF parts DEFAULT;
    CREATE UNLOGGED TABLE unlogged (a int); CREATE TABLE none (); CREATE TEMP TABLE temporary (a int);
    CREATE VIEW seen AS TABLE parent; CREATE MATERIALIZED VIEW kept AS TABLE parent;
    CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw; CREATE FOREIGN TABLE remote (a int) SERVER away;
    CREATE TABLE owned (a int); ALTER EXTENSION citext ADD TABLE owned`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('the list of tables', () => {
  it('holds what has rows of its own', async () => {
    const names = (await listTables(client)).map(({ schema, name }) => `${schema}.${name}`);
    expect(names.toSorted()).toEqual(
      [
        'public.child',
        'public.none',
        'public.parent',
        'public.part',
        'public.unlogged',
        'Über.表 "x"',
      ].toSorted(),
    );
  });

  it('describes the columns by name, domains by their base type', async () => {
    const tables = await listTables(client);
    const columns = tables.find(({ schema }) => schema === 'Über')!.columns;
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'A citext',
      'b character varying(3)[]',
      'sum integer',
      'z small',
    ]);
    expect(columns.map(({ notNull }) => notNull)).toEqual([true, false, false, false]);
    expect(columns.map(({ generated }) => generated)).toEqual([false, false, true, false]);
    expect(columns.map(({ ownTextCast }) => ownTextCast)).toEqual([true, false, false, false]);
    expect(columns[3]?.baseType).toBe(1700);
    expect(tables.find(({ name }) => name === 'none')?.columns).toEqual([]);
  });

  it('takes no lock and waits for none', async () => {
    const holder = await database.connect();
    await holder.query('BEGIN; LOCK TABLE parent IN ACCESS EXCLUSIVE MODE');
    expect(await listTables(client)).toHaveLength(6);
    await holder.end();
  });

  it('says what is left out and why', async () => {
    expect(await listNotCompared(client)).toEqual([
      { what: `table 'public.owned'`, why: `belongs to extension 'citext'` },
      { what: `foreign table 'public.remote'`, why: 'its rows lie on a foreign server' },
    ]);
  });
});
