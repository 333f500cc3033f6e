import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TableFingerprint } from '../../../src/domain/source-reading.ts';
import {
  fingerprintSql,
  fingerprintTables,
  pinSession,
} from '../../../src/postgres/fingerprint.ts';
import { listTables, type TableDescription } from '../../../src/postgres/tables.ts';
import { runProgram } from '../../../src/system/program.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
const role = `reader_${process.pid}`;

beforeAll(async () => {
  database = await createTestDatabase('fingerprint');
  client = await database.connect();
  await client.query(`CREATE ROLE ${role} LOGIN`);
  await pinSession(client);
});

beforeEach(async () => {
  await client.query('DROP SCHEMA IF EXISTS app CASCADE; CREATE SCHEMA app');
});

afterAll(async () => {
  await client.query(`DROP SCHEMA app CASCADE; DROP ROLE ${role}`);
  await client.end();
  await database.drop();
});

async function describeTable(name: string, schema = 'app'): Promise<TableDescription> {
  const tables = await listTables(client);
  return tables.find((table) => table.name === name && table.schema === schema)!;
}

async function fingerprint(name: string, session = client): Promise<TableFingerprint> {
  const tables = [await describeTable(name)];
  const [result] = await fingerprintTables({ clients: [session], tables });
  return result!;
}

describe('a fingerprint changes when', () => {
  const cases: Record<string, [values: string, change: string]> = {
    'two rows swap a value': [
      `(1, 'x', 5), (2, 'y', 6)`,
      `UPDATE app.t SET b = CASE b WHEN 'x' THEN 'y' ELSE 'x' END`,
    ],
    'two columns swap their values': [`(1, 'x', 5)`, `UPDATE app.t SET a = c, c = a`],
    'a NULL moves to the neighbour column': [`(1, '', NULL)`, `UPDATE app.t SET c = a, a = c`],
    'a row is doubled': [`(1, 'x', 5)`, `INSERT INTO app.t TABLE app.t`],
    'a row of NULLs is added': [`(1, 'x', 5)`, `INSERT INTO app.t VALUES (NULL, NULL, NULL)`],
    'the last row goes': [`(NULL, NULL, NULL)`, `DELETE FROM app.t`],
  };
  it.each(Object.entries(cases))('%s', async (_, [values, change]) => {
    await client.query('CREATE TABLE app.t (a int, b text, c int)');
    await client.query(`INSERT INTO app.t VALUES ${values}`);
    const before = await fingerprint('t');
    await client.query(change);
    const after = await fingerprint('t');
    expect([after.rows, after.hash]).not.toEqual([before.rows, before.hash]);
  });
});

describe('a fingerprint stays when', () => {
  const filled = `
    CREATE TABLE app.t (id int NOT NULL, "Größe" numeric, "列" text, at timestamptz, gone int, big bigint, code char(7));
    INSERT INTO app.t SELECT i, i / 8.0, 'row ' || i, timestamptz '2026-01-01' + i * interval '1.01 s', 1,
      i * 10000000019, i FROM generate_series(1, 2000) i;
    INSERT INTO app.t (id) VALUES (0);
    ALTER TABLE app.t DROP COLUMN gone`;

  it('the columns lie in another order and rows come in another one', async () => {
    await client.query(`${filled};
      CREATE TABLE app.copy (code char(7), big bigint, at timestamptz, "列" text, "Größe" numeric, id int);
      INSERT INTO app.copy (id, "Größe", "列", at, big, code) SELECT * FROM app.t ORDER BY id DESC`);
    const { rows, hash } = await fingerprint('t');
    expect(await fingerprint('copy')).toMatchObject({ rows, hash });
    expect(rows).toBe(2001);
  });

  it('the table is rewritten', async () => {
    await client.query(filled);
    const before = await fingerprint('t');
    await client.query('DELETE FROM app.t WHERE id = 7');
    await client.query(`INSERT INTO app.t SELECT 7, 7 / 8.0, 'row 7',
      timestamptz '2026-01-01' + 7 * interval '1.01 s', 7 * 10000000019, 7`);
    await client.query('VACUUM FULL app.t');
    expect(await fingerprint('t')).toEqual(before);
  });

  it('the query runs in parallel', async () => {
    await client.query(filled);
    const alone = await fingerprint('t');
    const session = await database.connect();
    await pinSession(session);
    await session.query(`SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
      SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2`);
    const sql = fingerprintSql(await describeTable('t'));
    const plan = await session.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${sql}`);
    expect(plan.rows.map((row) => row['QUERY PLAN']).join()).toContain('Gather');
    expect(await fingerprint('t', session)).toEqual(alone);
    await session.end();
  });

  it('the session had settings of its own', async () => {
    await client.query(`CREATE TABLE app.t (a timestamptz, b interval, c float8, d bytea, e money, f regclass);
      INSERT INTO app.t VALUES (now(), '1 year 2 days -3:00', 1/3.0, '\\x00ff', '12.34', 'app.t')`);
    const before = await fingerprint('t');
    const session = await database.connect();
    await session.query(`SET TimeZone = 'Asia/Shanghai'; SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601';
      SET extra_float_digits = -5; SET bytea_output = 'escape'; SET search_path = app; SET quote_all_identifiers = on`);
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await pinSession(session);
    expect(await fingerprint('t', session)).toEqual(before);
    await session.end();
  });

  it('a NaN was computed, whose bits are others than those of one that was written', async () => {
    await client.query(`CREATE TABLE app.t (d float8, r float4); CREATE TABLE app.copy (LIKE app.t);
      INSERT INTO app.t SELECT i - i, i - i FROM (VALUES (float8 'Infinity')) v (i);
      INSERT INTO app.copy VALUES ('NaN', 'NaN')`);
    const { rows: bits } = await client.query<{ computed: string; written: string }>(
      `SELECT float8send(t.d)::text AS computed, float8send(c.d)::text AS written FROM app.t t, app.copy c`,
    );
    expect(bits[0]!.computed).not.toBe(bits[0]!.written);
    const { rows, hash } = await fingerprint('t');
    expect(await fingerprint('copy')).toMatchObject({ rows, hash });
  });

  it('the table went through pg_dump and pg_restore', async () => {
    await client.query(
      `CREATE TYPE app.mood AS ENUM ('sad', 'ok'); CREATE TYPE app.pair AS (a int, b text);
      CREATE TABLE app.parent (id int, note text); CREATE TABLE app.child (extra mood[], note text, id int);
      ALTER TABLE app.child INHERIT app.parent;
      CREATE TABLE app.parts (k int, v app.pair, doc jsonb) PARTITION BY LIST (k);
      CREATE TABLE app.part (doc jsonb, k int, v app.pair); ALTER TABLE app.parts ATTACH PARTITION app.part FOR VALUES IN (1);
      CREATE UNLOGGED TABLE app."无列" (); INSERT INTO app."无列" DEFAULT VALUES;
      CREATE TABLE app.made (a int, b int GENERATED ALWAYS AS (a * 2) STORED); INSERT INTO app.made VALUES (3), (NULL);
      INSERT INTO app.parent VALUES (1, 'p'); INSERT INTO app.child VALUES ('{sad,NULL}', 'c', 2);
      INSERT INTO app.parts VALUES (1, '(1,)', '{"a": 1.00}'), (1, NULL, 'null'); ${filled}`.replaceAll(
        ' mood[]',
        ' app.mood[]',
      ),
    );
    const before = await fingerprintTables({ clients: [client], tables: await listTables(client) });
    expect(before.map(({ table, rows }) => [table, rows])).toEqual([
      ['child', 1],
      ['made', 2],
      ['parent', 1],
      ['part', 2],
      ['t', 2001],
      ['无列', 1],
    ]);
    const restored = await restoredCopy();
    const session = await restored.connect();
    await pinSession(session);
    const tables = await listTables(session);
    expect(await fingerprintTables({ clients: [session], tables })).toEqual(before);
    await session.end();
    await restored.drop();
  });
});

async function restoredCopy(): Promise<TestDatabase> {
  const copy = await createTestDatabase('fingerprint_copy');
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-fingerprint-'));
  const file = path.join(directory, 'dump');
  const { host, port, user } = database.connection;
  const server = ['-h', host, '-p', String(port), '-U', user];
  await runProgram('pg_dump', [...server, '-Fc', '-f', file, database.name]);
  await runProgram('pg_restore', [...server, '-d', copy.name, file]);
  await rm(directory, { recursive: true });
  return copy;
}

describe('a table of 1600 columns', () => {
  it.each(['int', 'text', 'timestamptz'])('of type %s is read whole', async (type) => {
    const columns = Array.from({ length: 1600 }, (_, index) => `c${index} ${type}`);
    await client.query(`CREATE TABLE app.wide (${columns.join(', ')})`);
    const values = {
      int: ['1', '2'],
      text: ["'a'", "'b'"],
      timestamptz: ["'2026-01-01'", "'2026-01-02'"],
    };
    const [first, second] = values[type as 'int'];
    await client.query(
      `INSERT INTO app.wide (c0, c777, c1599) VALUES (${first}, ${first}, ${first})`,
    );
    const seen = new Set([(await fingerprint('wide')).hash]);
    for (const column of ['c0', 'c777', 'c1599', 'c3']) {
      await client.query(`UPDATE app.wide SET ${column} = ${second}`);
      seen.add((await fingerprint('wide')).hash);
    }
    expect(seen.size).toBe(5);
  });
});

describe('fingerprinting many tables', () => {
  it('spreads them over the sessions and answers in their order', async () => {
    for (let number = 1; number <= 30; number++) {
      await client.query(
        `CREATE TABLE app."T ${number}" AS SELECT i FROM generate_series(1, ${number}) i`,
      );
    }
    const tables = await listTables(client);
    const other = await database.connect();
    await pinSession(other);
    const done: string[] = [];
    const results = await fingerprintTables({
      clients: [client, other],
      tables,
      onTable: ({ table }) => done.push(table),
    });
    expect(results.map(({ table }) => table)).toEqual(tables.map(({ name }) => name));
    expect(results.map(({ table, rows }) => `T ${rows}` === table)).not.toContain(false);
    expect(done.toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
    await other.end();
  });

  it('names the table that the role may not read', async () => {
    await client.query(`CREATE TABLE app."Secret t" (a int)`);
    const tables = [await describeTable('Secret t')];
    await client.query(`GRANT USAGE ON SCHEMA app TO ${role}`);
    const reader = await connectAs(role);
    await expect(fingerprintTables({ clients: [reader], tables })).rejects.toMatchObject({
      code: 'permission_denied',
      message: `role '${role}' may not read table 'app.Secret t'`,
      hint: expect.stringContaining(
        `GRANT SELECT ON TABLE "app"."Secret t" TO "${role}"`,
      ) as string,
    });
    await reader.end().catch(() => undefined);
  });

  it('refuses to read what row security would filter', async () => {
    await client.query(`CREATE TABLE app.t (a int);
      ALTER TABLE app.t ENABLE ROW LEVEL SECURITY; GRANT USAGE ON SCHEMA app TO ${role}; GRANT SELECT ON app.t TO ${role}`);
    const tables = [await describeTable('t')];
    const reader = await connectAs(role);
    await expect(fingerprintTables({ clients: [reader], tables })).rejects.toMatchObject({
      code: 'row_security',
      message: `row security hides rows of table 'app.t' from role '${role}'`,
    });
    await reader.end().catch(() => undefined);
  });

  it('stops when aborted, with the reason', async () => {
    await client.query('CREATE TABLE app.t (a int)');
    const tables = [await describeTable('t')];
    await client.query('BEGIN; LOCK TABLE app.t IN ACCESS EXCLUSIVE MODE');
    const session = await database.connect();
    await pinSession(session);
    const abort = new AbortController();
    const running = fingerprintTables({ clients: [session], tables, signal: abort.signal });
    setTimeout(() => abort.abort(new Error('enough')), 100);
    await expect(running).rejects.toThrow('enough');
    await client.query('ROLLBACK');
  });

  it('stops the other sessions when one fails', async () => {
    await client.query('CREATE TABLE app.gone (a int); CREATE TABLE app.locked (a int)');
    const tables = await listTables(client);
    await client.query('DROP TABLE app.gone');
    await client.query('BEGIN; LOCK TABLE app.locked IN ACCESS EXCLUSIVE MODE');
    const sessions = [await database.connect(), await database.connect()];
    await expect(fingerprintTables({ clients: sessions, tables })).rejects.toMatchObject({
      code: 'query_failed',
      message: `query failed: relation "app.gone" does not exist (42P01)`,
    });
    await client.query('ROLLBACK');
    await Promise.all(sessions.map((session) => session.end()));
  });
});

async function connectAs(user: string): Promise<pg.Client> {
  const { host, port } = database.connection;
  const session = new pg.Client({ host, port, user, database: database.name });
  session.on('error', () => undefined);
  await session.connect();
  await pinSession(session);
  return session;
}
