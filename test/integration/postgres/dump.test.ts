import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/postgres/connection.ts';
import { inspectSource } from '../../../src/postgres/dump-source.ts';
import { withProgramEnvironment } from '../../../src/postgres/program-environment.ts';
import { findClientProgram } from '../../../src/postgres/programs.ts';
import { readProperties } from '../../../src/postgres/properties.ts';
import { withoutTimeouts } from '../../../src/postgres/timeouts.ts';
import { runProgram } from '../../../src/system/program.ts';
import { expectGoodDump, withDump } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase(`Dump "q' 数\n据`);
  client = await database.connect();
  await client.query(`
    CREATE SEQUENCE tickets;
    CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL);
    INSERT INTO accounts SELECT g, 100 FROM generate_series(1, 500) g;
    CREATE TABLE transfers (id serial, amount bigint NOT NULL);
    CREATE SCHEMA "组 织";
    CREATE TABLE "组 织"."Odd ""name'
on two lines" ("列" text);
    INSERT INTO "组 织"."Odd ""name'
on two lines" VALUES ('值'), (NULL);
    CREATE TABLE nothing ();
    CREATE TABLE measures (at date NOT NULL, v float8) PARTITION BY RANGE (at);
    CREATE TABLE measures_old PARTITION OF measures FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
    CREATE UNLOGGED TABLE measures_new PARTITION OF measures FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
    INSERT INTO measures SELECT '2019-12-01'::date + g, g FROM generate_series(1, 60) g;
    CREATE VIEW rich AS SELECT * FROM accounts WHERE balance > 1000;
    CREATE MATERIALIZED VIEW total AS SELECT sum(balance) FROM accounts;
    SELECT lo_from_bytea(0, 'a large object');
  `);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('a dump', () => {
  test('holds one consistent state while writers change the database without pause', async () => {
    const stopped = new AbortController();
    const writers = [1, 2].map((n) => write(n, stopped.signal));
    try {
      await withDump(database, { jobs: 2 }, async (trial) => {
        stopped.abort();
        await Promise.all(writers);
        await expectGoodDump(trial);
        const rows = Object.fromEntries(trial.reading.tables.map((t) => [t.table, t.rows]));
        expect(rows).toMatchObject({ accounts: 500, measures_old: 30, measures_new: 30 });
        expect(trial.reading.unknownWarnings).toEqual([]);
        expect(trial.reading.largeObjects.count).toBe(1);
      });
    } finally {
      stopped.abort();
      await Promise.all(writers);
    }
  });

  test('leaves the dump, both schema readings, roles, database properties and the reading itself', async () => {
    await withDump(database, { jobs: 1 }, async ({ directory, reading }) => {
      expect((await readdir(path.join(directory, 'verify'))).sort()).toEqual([
        'database.sql',
        'globals.sql',
        'schema-after.sql',
        'schema-before.sql',
        'source.json',
      ]);
      const written: unknown = JSON.parse(await text(directory, 'verify/source.json'));
      expect(written).toEqual(reading);
      expect(reading.roles).toContain(database.connection.user);
      expect(withoutKeys(await text(directory, 'verify/schema-after.sql'))).toBe(
        withoutKeys(await text(directory, 'verify/schema-before.sql')),
      );
      expect(await text(directory, 'verify/globals.sql')).not.toMatch(/PASSWORD/);
    });
  });

  test('says where a sequence stood before and after, also one that was made or dropped meanwhile', async () => {
    const other = await database.connect();
    await other.query(`SELECT setval('tickets', 7); CREATE SEQUENCE old`);
    const hooks = {
      beforeRelease: async () => {
        await other.query(`SELECT setval('tickets', 3); CREATE SEQUENCE new; DROP SEQUENCE old`);
      },
    };
    await withDump(database, { hooks }, ({ reading }) => {
      const found = Object.fromEntries(reading.sequences.map((s) => [s.sequence, s]));
      expect(found).toMatchObject({
        tickets: { before: { value: '7', isCalled: true }, after: { value: '3', isCalled: true } },
        old: { before: { value: '1', isCalled: false }, after: null },
        new: { before: null, after: { value: '1', isCalled: false } },
      });
      return Promise.resolve();
    });
    await other.query('DROP SEQUENCE new');
    await other.end();
  });

  test('tells bytes and tables as it goes', async () => {
    const reports: { step: string; totalTables: number | null }[] = [];
    const onProgress = (report: (typeof reports)[number]): void => void reports.push(report);
    await withDump(database, { onProgress }, ({ reading }) => {
      expect(reports[0]?.step).toBe('locking the tables');
      expect(reports.at(-1)).toMatchObject({
        step: 'dumping',
        totalTables: reading.tables.length,
      });
      return Promise.resolve();
    });
  });

  test('is not disturbed by time-outs and defaults that are set for the database', async () => {
    const strict = await createTestDatabase('strict');
    const admin = await strict.connect();
    await admin.query(`
      CREATE TABLE t (i int); INSERT INTO t SELECT generate_series(1, 1000);
      DO $$ DECLARE line text; BEGIN
        FOREACH line IN ARRAY ARRAY['statement_timeout = 300', 'lock_timeout = 1', 'idle_in_transaction_session_timeout = 300',
            'idle_session_timeout = 300', 'default_transaction_read_only = on', 'default_transaction_isolation = serializable',
            'default_transaction_deferrable = on', 'row_security = off', 'search_path = nowhere'] LOOP
          EXECUTE format('ALTER DATABASE %I SET ', current_database()) || line;
        END LOOP;
      END $$`);
    const hooks = { beforeRelease: () => new Promise<void>((done) => setTimeout(done, 1000)) };
    await withDump(strict, { hooks }, ({ reading }) => {
      expect(reading.tables).toMatchObject([{ table: 't', rows: 1000 }]);
      return Promise.resolve();
    });
    await admin.end();
    await strict.drop();
  });

  test('gives no program a time-out that is set for the role or the database', async () => {
    const { rows } = await client.query<{ name: string }>('SELECT quote_ident($1) AS name', [
      database.name,
    ]);
    await client.query(`
      CREATE ROLE hurried_${process.pid} LOGIN SUPERUSER;
      ALTER ROLE hurried_${process.pid} SET lock_timeout = '100s';
      ALTER DATABASE ${rows[0]?.name ?? ''} SET statement_timeout = '100s'`);
    const connection = { ...database.connection, user: `hurried_${process.pid}` };
    try {
      const { signal } = new AbortController();
      const { timeouts } = await inspectSource(connection, { applicationName: 'test', signal });
      expect(timeouts.toSorted()).toEqual(['lock_timeout', 'statement_timeout']);
      expect(await timeoutsOfPsql(connection)).toEqual(['100s', '100s']);
      const patient = { ...connection, options: withoutTimeouts('-c jit=off', timeouts) };
      expect(await timeoutsOfPsql(patient)).toEqual(['0', '0']);
    } finally {
      await client.query(`
        ALTER DATABASE ${rows[0]?.name ?? ''} RESET statement_timeout;
        DROP ROLE hurried_${process.pid}`);
    }
  });

  test('of an empty database is a dump', async () => {
    const empty = await createTestDatabase('empty');
    await withDump(empty, {}, async (trial) => {
      expect(trial.reading.tables).toEqual([]);
      await expectGoodDump(trial);
    });
    await empty.drop();
  });
});

test('database.sql gives another database the owner, grants, settings and comment', async () => {
  const role = `Owner "o' 主 ${database.name.slice(-10)}`;
  const quoted = `"${role.replaceAll('"', '""')}"`;
  const source = await createTestDatabase('properties "x"');
  const target = await createTestDatabase('restored');
  const admin = await source.connect();
  const literal = admin.escapeLiteral(role);
  await admin.query(`
    CREATE ROLE ${quoted};
    DO $$ DECLARE db text := current_database(); role text := ${literal}; BEGIN
      EXECUTE format('ALTER DATABASE %I OWNER TO %I', db, role);
      EXECUTE format('ALTER DATABASE %I SET search_path = "$user", "组 ,""织", public', db);
      EXECUTE format('ALTER DATABASE %I SET work_mem = %L', db, '5MB');
      EXECUTE format('ALTER DATABASE %I SET "my.own" = %L', db, 'it''s :database \\ a=b');
      EXECUTE format('ALTER ROLE %I IN DATABASE %I SET temp_tablespaces = ''''', role, db);
      EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 17', db);
      EXECUTE format('COMMENT ON DATABASE %I IS %L', db, E'two\\nlines, it''s :database');
      EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM PUBLIC', db);
      EXECUTE format('GRANT CREATE ON DATABASE %I TO pg_monitor WITH GRANT OPTION', db);
      EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO pg_monitor', db);
      SET LOCAL ROLE pg_monitor;
      EXECUTE format('GRANT CREATE ON DATABASE %I TO pg_read_all_stats', db);
    END $$`);
  await withDump(source, {}, async ({ directory, reading }) => {
    const program = await findClientProgram('psql');
    const { stderr } = await withProgramEnvironment(
      target.connection,
      { applicationName: 'test' },
      (env) =>
        runProgram(program.path, ['-X', '-f', path.join(directory, 'verify', 'database.sql')], {
          env,
        }),
    );
    expect(stderr).toEqual([]);
    const session = await target.connect();
    const restored = await readProperties(session);
    expect({ ...restored, name: source.name }).toEqual(reading.properties);
    await session.end();
  });
  await admin.end();
  await target.drop();
  await source.drop();
  await client.query(`DROP ROLE ${quoted}`);
});

/** Moves money about: the sum of all balances never changes, and each transfer is noted in the same transaction. */
async function write(seed: number, stopped: AbortSignal): Promise<void> {
  const writer = await database.connect();
  for (let round = seed; !stopped.aborted; round += 7) {
    const from = (round % 500) + 1;
    const to = ((round * 31) % 500) + 1;
    await writer
      .query(
        `
      BEGIN;
      UPDATE accounts SET balance = balance + CASE id WHEN ${to} THEN 1 ELSE -1 END
      WHERE id IN (${from}, ${to}) AND ${from} <> ${to};
      INSERT INTO transfers (amount) VALUES (${round});
      COMMIT`,
      )
      .catch(() => writer.query('ROLLBACK')); // two writers may meet: a deadlock is no matter here
    await breathe();
  }
  await writer.end();
}

async function text(directory: string, name: string): Promise<string> {
  return readFile(path.join(directory, name), 'utf8');
}

/** pg_dump puts a random key into each script. */
function withoutKeys(script: string): string {
  return script.replace(/^\\(un)?restrict .*$/gm, '');
}

async function timeoutsOfPsql(connection: Connection): Promise<string[]> {
  const { path: psql } = await findClientProgram('psql');
  const args = ['-XAtc', 'SHOW statement_timeout', '-c', 'SHOW lock_timeout'];
  const name = { applicationName: 'test' };
  return withProgramEnvironment(connection, name, async (env) =>
    (await runProgram(psql, args, { env })).stdout.split('\n'),
  );
}
