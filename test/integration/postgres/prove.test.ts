import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMismatches } from '../../../src/domain/compare.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import type { TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, prove, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase, startWriters } from '../../harness/torture.ts';

let database: TestDatabase;
let scratch: ScratchServer;
const dumps: TestDump[] = [];

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTortureDatabase(), startTestScratch()]);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop(), ...dumps.map((dump) => dump.remove())]);
});

async function dumpOnce(): Promise<TestDump> {
  const dump = await makeTestDump(database);
  dumps.push(dump);
  return dump;
}

describe('a database with one of everything', () => {
  test('is proven', async () => {
    const steps = new Set<string>();
    const proof = await prove(await dumpOnce(), scratch, {
      onProgress: ({ step }) => steps.add(step),
    });
    expect(listMismatches(proof)).toEqual([]);
    expect(proof).toMatchObject({ state: 'proven', reason: null, mismatches: 0 });
    expect(proof.tables.length).toBeGreaterThan(30);
    expect(proof.schemaObjects.compared).toBeGreaterThan(250);
    // The test server has tablespaces of other tests, too.
    const named = proof.notCompared.map(({ what }) => what);
    expect(named.filter((what) => !/'torture_(?!.*of \d)/.test(what))).toEqual([
      "foreign table 'public.far_away'",
      "foreign table 'public.far_child'",
      `tablespace '${database.name}space' of 2 objects`,
    ]);
    expect(named).toContain(`tablespace '${database.name}space'`);
    expect(steps).toContain('comparing public.every_type');
  });

  test('is proven while writers change it without pause', async () => {
    const writers = startWriters(database);
    try {
      const proof = await prove(await dumpOnce(), scratch);
      expect(listMismatches(proof)).toEqual([]);
      expect(proof).toMatchObject({ state: 'proven', reason: null });
    } finally {
      await writers.stop();
    }
  });

  test('leaves neither databases nor roles on the scratch server', async () => {
    const client = new pg.Client({ ...socketOf(scratch), database: 'postgres' });
    await client.connect();
    const { rows } = await client.query(
      `SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'`,
    );
    await client.end();
    expect(rows.map((row: { datname: string }) => row.datname).sort()).toEqual([
      'postgres',
      'postgres',
      'template0',
      'template1',
    ]);
  });

  test('stops at once when it is cancelled, with the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const proving = prove(dumps[0]!, scratch, {
      signal: stop.signal,
      beforeComparing: async (client) => {
        setTimeout(() => stop.abort(reason), 50);
        await client.query('SELECT pg_sleep(600)');
      },
    });
    await expect(proving).rejects.toBe(reason);
  });
});

function socketOf({ connection }: ScratchServer): { host: string; port: number; user: string } {
  const { host, port, user } = connection;
  return { host, port, user };
}
