import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectGoodDump, until, withDump } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
let versions = 0;

beforeAll(async () => {
  database = await createTestDatabase('changing');
  client = await database.connect();
  await client.query('CREATE TABLE t AS SELECT generate_series(1, 10) AS n');
  await changeSchema();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

// A function's arguments are told as they are now, whatever the snapshot says; and no lock of ours is in the way.
async function changeSchema(): Promise<void> {
  const argument = `n int DEFAULT ${++versions}`;
  await client.query(
    `CREATE OR REPLACE FUNCTION f(${argument}) RETURNS int LANGUAGE sql AS 'SELECT n'`,
  );
}

const again = 'once more, because the schema was changed while it was being read';

test('a schema that changes while it is read is read again, so that the dump holds what both readings say', async () => {
  let directory = '';
  const change = until(async () => {
    const first = await readFile(schema(directory, 'before'), 'utf8').catch(() => '');
    return first.includes('PostgreSQL database dump complete');
  }).then(changeSchema);
  const onDirectory = (made: string): void => {
    directory = made;
  };
  await withDump(database, { onDirectory }, async (trial) => {
    await change;
    expect(trial.steps).toContain(again);
    for (const when of ['before', 'after'] as const) {
      expect(await readFile(schema(directory, when), 'utf8')).toContain(`DEFAULT ${versions})`);
    }
    await expectGoodDump(trial);
  });
});

test('one that changes all the time ends in a dump nevertheless', async () => {
  const stopped = new AbortController();
  const changing = (async () => {
    while (!stopped.signal.aborted) {
      await changeSchema();
      await sleep(10);
    }
  })();
  await withDump(database, {}, async (trial) => {
    stopped.abort();
    await changing;
    expect(trial.steps).toContain(again);
    await expectGoodDump(trial);
  });
});

function schema(directory: string, when: 'before' | 'after'): string {
  return path.join(directory, 'verify', `schema-${when}.sql`);
}
