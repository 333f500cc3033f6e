import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shareSnapshot, type SharedSnapshot } from '../../../src/postgres/snapshot.ts';
import { until } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let application: pg.Client;
let other: pg.Client;
let sessions: [pg.Client, pg.Client];

beforeAll(async () => {
  database = await createTestDatabase('snapshot');
  application = await database.connect();
  other = await database.connect();
});

afterAll(async () => {
  await application.end();
  await other.end();
  await database.drop();
});

beforeEach(async () => {
  sessions = [await database.connect(), await database.connect()];
  await application.query(`
    DROP SCHEMA public CASCADE; CREATE SCHEMA public;
    CREATE TABLE a (i int); INSERT INTO a VALUES (1);
    CREATE TABLE b (i int); INSERT INTO b VALUES (1);
    CREATE VIEW v AS SELECT * FROM a;
    CREATE MATERIALIZED VIEW m AS SELECT * FROM a`);
});

afterEach(async () => {
  await Promise.all(sessions.map((session) => session.end()));
  await application.query('ROLLBACK');
});

describe('a shared snapshot', () => {
  test('shows all sessions the same rows while others write', async () => {
    const { tables } = await share();
    await application.query('INSERT INTO a VALUES (2)');
    expect(tables.map(({ table }) => table)).toEqual(['a', 'b']);
    expect(await counts('a')).toEqual([1, 1]);
  });

  test('holds what was committed while we waited for a lock, by a rewrite, too', async () => {
    await application.query(
      'BEGIN; TRUNCATE a; INSERT INTO b VALUES (2); INSERT INTO a VALUES (7), (8), (9)',
    );
    const sharing = share();
    await untilWaiting(2);
    await application.query('COMMIT');
    await sharing;
    expect([await counts('a'), await counts('b')]).toEqual([
      [3, 3],
      [2, 2],
    ]);
  });

  test('keeps everybody from truncating a table until all sessions have ended', async () => {
    await share();
    const truncating = application.query('TRUNCATE b');
    await untilWaiting(1);
    await sessions[0].query('COMMIT');
    expect(await waiting()).toBe(1);
    expect(await counts('b', sessions.slice(1))).toEqual([1]);
    await sessions[1].query('COMMIT');
    await truncating;
  });

  test('is not taken when a table was made between the list and the locks', async () => {
    await expect(share(() => application.query('CREATE TABLE c ()'))).rejects.toMatchObject({
      code: 'lock_conflict',
      message: `table 'public.c' was created or renamed while the tables were being locked`,
    });
  });

  test('is not taken when a table was dropped between the list and the locks', async () => {
    await expect(share(() => application.query('DROP TABLE b'))).rejects.toMatchObject({
      code: 'lock_conflict',
      message: /^a table went away .*"public.b"/,
    });
  });

  test('is not taken when a name went over to another table between the list and the locks', async () => {
    const swap = 'ALTER TABLE b RENAME TO old; CREATE TABLE b (i int)';
    await expect(share(() => application.query(swap))).rejects.toMatchObject({
      code: 'lock_conflict',
      message: /'public.(old|b)' was created or renamed/,
    });
  });

  test('is not taken when a view stands where the table stood', async () => {
    const swap = 'ALTER TABLE b RENAME TO old; CREATE MATERIALIZED VIEW b AS SELECT 1';
    await expect(share(() => application.query(swap))).rejects.toMatchObject({
      code: 'lock_conflict',
    });
  });

  test('is not taken when somebody keeps a table locked, and says what is known about him', async () => {
    await application.query('BEGIN; LOCK TABLE b');
    await expect(share(undefined, 0.1)).rejects.toMatchObject({
      code: 'lock_conflict',
      message: 'somebody is known',
    });
  });
});

function share(
  beforeLocks?: () => Promise<unknown>,
  lockTimeoutSeconds = 60,
): Promise<SharedSnapshot> {
  const [holder, reader] = sessions;
  return shareSnapshot(holder, [reader], {
    connection: database.connection,
    lockTimeoutSeconds,
    lastBlocker: () => 'somebody is known',
    ...(beforeLocks ? { beforeLocks: () => beforeLocks().then(() => undefined) } : {}),
  });
}

async function counts(table: string, of: readonly pg.Client[] = sessions): Promise<number[]> {
  const results = await Promise.all(
    of.map((session) => session.query<{ n: number }>(`SELECT count(*)::int AS n FROM ${table}`)),
  );
  return results.map(({ rows }) => rows[0]!.n);
}

async function waiting(): Promise<number> {
  const { rows } = await other.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE NOT granted AND datname = current_database()`,
  );
  return rows[0]!.n;
}

async function untilWaiting(sessionsWaiting: number): Promise<void> {
  await until(async () => (await waiting()) === sessionsWaiting);
}
