import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dumpDatabase } from '../../../src/postgres/dump.ts';
import { dumpSessionName } from '../../../src/postgres/session-name.ts';
import { connect } from '../../../src/postgres/session.ts';
import { unlessStalled, type Watched } from '../../../src/postgres/stall-watch.ts';
import { removeTree } from '../../../src/system/files.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

const applicationName = 'pma-backup: restoring';
let database: TestDatabase;
let worker: pg.Client;
let application: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('stalled');
  worker = await connect(database.connection, { applicationName });
  application = await database.connect();
  await application.query(`
    CREATE TABLE item AS SELECT 1 AS i;
    CREATE FUNCTION slow(i int) RETURNS bigint IMMUTABLE LANGUAGE plpgsql AS $$
      DECLARE until timestamptz := clock_timestamp() + interval '3 seconds';
      BEGIN
        WHILE clock_timestamp() < until LOOP END LOOP;
        RETURN i;
      END $$`);
});

afterAll(async () => {
  await worker.end();
  await application.end();
  await database.drop();
});

const { signal } = new AbortController();

function watched<T>(
  work: (watched: Watched) => Promise<T>,
  { name = applicationName, seconds = 1 } = {},
): Promise<T> {
  const { connection } = database;
  const what = `the dump of 'shop'`;
  return unlessStalled({ what, seconds, connection, applicationName: name, signal }, work);
}

function aborted({ signal: stop }: Watched): Promise<never> {
  return new Promise((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true });
  });
}

describe('work is stopped that', () => {
  test('waits for a lock, and who holds it is named', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'pma-stall-test-'));
    const run = path.basename(directory);
    await application.query('BEGIN; LOCK TABLE item');
    const dumping = watched(
      ({ signal: stop, tell }) =>
        dumpDatabase({
          ...{ connection: database.connection, directory, run, jobs: 1, signal: stop },
          ...{ maxBlockSeconds: 600, lockTimeoutSeconds: 600, onProgress: tell },
        }),
      { name: dumpSessionName(run), seconds: 3 },
    );
    const failure = await dumping.catch((error: unknown) => error);
    await application.query('ROLLBACK');
    await removeTree(directory);
    expect(failure).toMatchObject({
      code: 'stalled',
      retryable: true,
      message: expect.stringMatching(
        /^the dump of 'shop' made no progress for 3 s: table 'public.item' is locked by process \d+ \(.*idle in transaction, role 'postgres'\)$/,
      ) as string,
    });
    const { rows } = await application.query(
      `SELECT FROM pg_stat_activity WHERE application_name = $1`,
      [dumpSessionName(run)],
    );
    expect(rows).toEqual([]);
  });

  test('sleeps on the server', async () => {
    const sleeping = watched(async (each) => {
      const query = worker.query('SELECT pg_sleep(600)').catch(() => undefined);
      await aborted(each).finally(async () => {
        await application.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity
          WHERE application_name = '${applicationName}'`);
        await query;
      });
    });
    await expect(sleeping).rejects.toMatchObject({ code: 'stalled' });
  });

  test('does nothing at all', async () => {
    await expect(watched(aborted)).rejects.toMatchObject({
      message: `the dump of 'shop' made no progress for 1 s`,
    });
  });
});

describe('work goes on that', () => {
  test('makes an index for longer, and moves no byte', async () => {
    const begun = Date.now();
    await watched(() => worker.query('CREATE INDEX ON item (slow(i))'));
    expect(Date.now() - begun).toBeGreaterThan(2900);
  });

  test('tells new numbers', async () => {
    const done = await watched(async ({ tell }) => {
      for (let bytes = 0; bytes < 20; bytes++) {
        tell({ bytes });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return 'done';
    });
    expect(done).toBe('done');
  });
});
