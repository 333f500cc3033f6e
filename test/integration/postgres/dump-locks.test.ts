import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dumpProcesses, expectGoodDump, until, withDump } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

// The last one that `pg_dump -j` hands to its workers, because it is the only one without a page.
const last = 'b_last';
const others = 150;
const maxBlockSeconds = 3;
// Seconds that a busy machine may need for what else a reader does.
const slowness = 2;

let database: TestDatabase;
let application: pg.Client;
let observer: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('locks');
  application = await database.connect();
  observer = await database.connect();
  await application.query(`
    CREATE TABLE a_events (i int); INSERT INTO a_events SELECT generate_series(1, 1000);
    CREATE TABLE ${last} (i int);
    DO $$ BEGIN
      FOR n IN 1..${others} LOOP
        EXECUTE format('CREATE TABLE t%s AS SELECT generate_series(1, 5) AS i', n);
      END LOOP;
    END $$;
    ANALYZE`);
});

afterAll(async () => {
  await application.end();
  await observer.end();
  await database.drop();
});

describe('a dump meets', () => {
  test('a TRUNCATE that queues up before pg_dump has its locks: it gives way and ends well', async () => {
    let truncating: Promise<unknown> | undefined;
    const afterLocks = async (): Promise<void> => {
      if (truncating) return;
      truncating = application.query('TRUNCATE a_events; INSERT INTO a_events VALUES (1)');
      await untilWaiting(`TRUNCATE a_events%`);
    };
    const readers = readWithoutPause('a_events');
    await withDump(database, { maxBlockSeconds, hooks: { afterLocks } }, async (trial) => {
      await truncating;
      expect(trial.steps.join('\n')).toMatch(
        /once more, because table 'public.a_events' is locked by process \d+ \(TRUNCATE, .*which waits for our locks itself/,
      );
      expect(rowsOf(trial.reading, 'a_events')).toBe(1);
      await expectGoodDump(trial);
    });
    expect(await readers.longestWait()).toBeLessThan(maxBlockSeconds + slowness);
  });

  test('a TRUNCATE while it reads the rows: it gives way before maxBlockSeconds and ends well', async () => {
    let truncating: Promise<unknown> | undefined;
    const beforeRelease = async (): Promise<void> => {
      if (truncating) return;
      truncating = application.query('TRUNCATE a_events');
      await truncating; // as long as the dump lasts, so that only giving up ends this
    };
    const readers = readWithoutPause('a_events');
    await withDump(database, { maxBlockSeconds, hooks: { beforeRelease } }, async (trial) => {
      expect(trial.steps.join('\n')).toMatch(
        /once more, because the dump kept process \d+ \(TRUNCATE, .*\) waiting for table 'public.a_events' too long/,
      );
      expect(rowsOf(trial.reading, 'a_events')).toBe(0);
      await expectGoodDump(trial);
    });
    expect(await readers.longestWait()).toBeLessThan(maxBlockSeconds + slowness);
  });

  test('a TRUNCATE of a table that a worker of pg_dump is still to lock: it is repeated and ends well', async () => {
    let caught = false;
    while (!caught) {
      caught = await withDumpStoppedAtItsRows(async () => {
        void application.query(`TRUNCATE ${last}`);
        await untilWaiting(`TRUNCATE ${last}`);
      });
    }
  });

  test('tables that are made, dropped, altered and rewritten: every point in time ends well', async () => {
    const pending: Promise<unknown>[] = [];
    let attempt = 0;
    const hooks = {
      beforeLocks: async () => {
        attempt++;
        if (attempt === 1) await application.query('CREATE TABLE made (i int)');
        if (attempt === 2) await application.query('DROP TABLE made');
      },
      afterLocks: async () => {
        if (attempt !== 3) return;
        pending.push(application.query('ALTER TABLE a_events ADD COLUMN more text DEFAULT now()'));
        await untilWaiting('ALTER TABLE a_events%');
      },
      beforeRelease: async () => {
        pending.push(application.query('VACUUM FULL a_events'));
        await untilWaiting('VACUUM FULL a_events%');
        await observer.query('CREATE TABLE made_late (i int)');
      },
    };
    await withDump(database, { hooks }, async (trial) => {
      await Promise.all(pending);
      expect(attempt).toBe(4);
      await expectGoodDump(trial);
    });
    await observer.query('DROP TABLE made_late');
  });

  test('a table that somebody keeps locked: it fails and names both', async () => {
    await application.query('BEGIN; LOCK TABLE a_events');
    const failing = withDump(database, { lockTimeoutSeconds: 0.2 }, () => Promise.resolve());
    await expect(failing).rejects.toMatchObject({
      code: 'lock_conflict',
      message:
        /^table 'public.a_events' is locked by process \d+ \(BEGIN, idle in transaction, role '/,
    });
    await application.query('ROLLBACK');
  });

  test('CREATE INDEX CONCURRENTLY, which waits for our snapshot: nobody suffers, so it goes on', async () => {
    let indexing: Promise<unknown> | undefined;
    const beforeRelease = async (): Promise<void> => {
      indexing = application.query('CREATE INDEX CONCURRENTLY ON a_events (i)');
      await untilWaiting('CREATE INDEX%');
      await sleep(1500);
    };
    await withDump(database, { maxBlockSeconds: 1, hooks: { beforeRelease } }, ({ steps }) => {
      expect(steps).toEqual(['locking the tables', 'dumping']);
      return Promise.resolve();
    });
    await indexing;
  });
});

/** Whether pg_dump could be stopped in time, before it had handed all tables to its workers. */
async function withDumpStoppedAtItsRows(meanwhile: () => Promise<void>): Promise<boolean> {
  let directory = '';
  let caught = false;
  let interfering: Promise<void> | undefined;
  const afterLocks = (): Promise<void> => {
    interfering ??= interfere();
    return Promise.resolve();
  };
  const interfere = async (): Promise<void> => {
    const dump = path.join(directory, 'dump');
    const dumped = (): Promise<string[]> => readdir(dump).catch(() => []);
    while (!(await dumped()).includes('toc.dat')) await sleep(1);
    // Its workers have other process ids but the same command line: all of them are stopped.
    const pids = await dumpProcesses(dump);
    try {
      signalAll(pids, 'SIGSTOP');
      caught = (await dumped()).length < others / 2;
      if (caught) await meanwhile();
    } finally {
      signalAll(pids, 'SIGCONT');
    }
  };
  const options = { hooks: { afterLocks }, onDirectory: (name: string) => (directory = name) };
  await withDump(database, options, async (trial) => {
    await interfering;
    if (!caught) return;
    expect(trial.steps.join('\n')).toMatch(/could not obtain lock on relation "public.b_last"/);
    await expectGoodDump(trial);
  });
  return caught;
}

function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // it has ended meanwhile
    }
  }
}

/** Reads a table again and again on a connection of its own. */
function readWithoutPause(table: string): { longestWait(): Promise<number> } {
  const stop = new AbortController();
  let longest = 0;
  const reading = (async () => {
    const reader = await database.connect();
    while (!stop.signal.aborted) {
      const begun = performance.now();
      await reader.query(`SELECT count(*) FROM ${table}`);
      longest = Math.max(longest, (performance.now() - begun) / 1000);
      await sleep(20);
    }
    await reader.end();
  })();
  return {
    longestWait: async () => {
      stop.abort();
      await reading;
      return longest;
    },
  };
}

async function untilWaiting(query: string): Promise<void> {
  await until(async () => {
    const { rowCount } = await observer.query(
      `SELECT FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE $1 AND wait_event_type = 'Lock'`,
      [query],
    );
    return rowCount === 1;
  });
}

function rowsOf(
  reading: { tables: readonly { table: string; rows: number }[] },
  name: string,
): number | undefined {
  return reading.tables.find(({ table }) => table === name)?.rows;
}
