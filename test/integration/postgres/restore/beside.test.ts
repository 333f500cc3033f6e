import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { DumpFormat } from '../../../../src/domain/dump-layout.ts';
import { targetNames, type TargetNames } from '../../../../src/domain/restore.ts';
import {
  compareBeside,
  removeBeside,
  restoreBeside,
  type BesideOptions,
} from '../../../../src/postgres/restore/beside.ts';
import { swapIn } from '../../../../src/postgres/restore/swap.ts';
import { unlessRestoreStalls } from '../../../../src/postgres/restore/unless-stalled.ts';
import type { DumpContent } from '../../../../src/postgres/selection.ts';
import { removeTree } from '../../../../src/system/files.ts';
import { withinRun } from '../../../../src/system/run.ts';
import { compileSource } from '../../../harness/compiled.ts';
import { until } from '../../../harness/dump.ts';
import { someTables, wholeDatabase } from '../../../harness/kinds.ts';
import {
  createTestDatabase,
  onCluster,
  testDatabase,
  type TestDatabase,
} from '../../../harness/postgres.ts';
import { asOlder, makeTestDump, withReading, type TestDump } from '../../../harness/prove.ts';
import { createTortureDatabase } from '../../../harness/torture.ts';

const { signal } = new AbortController();
let source: TestDatabase;
let dump: TestDump;
let compiled: string;
let target: TestDatabase;
let names: TargetNames;

beforeAll(async () => {
  [source, compiled] = await Promise.all([createTortureDatabase(), compileSource()]);
  dump = await makeTestDump(source);
});

afterAll(async () => {
  await Promise.all([source.drop(), dump.remove(), removeTree(compiled)]);
});

beforeEach(async () => {
  target = await createTestDatabase('victim');
  names = targetNames(target.name, 'abcd1234', new Date());
  const client = await target.connect();
  await client.query('CREATE TABLE old AS SELECT 1 AS n');
  await client.end();
  return dropAll;
});

async function dropAll(): Promise<void> {
  for (const name of Object.values(names) as string[])
    await removeBeside({ ...target.connection, database: 'postgres' }, name, signal);
}

function options(): BesideOptions {
  return {
    target: target.connection,
    ...{ restoring: names.restoring, directory: dump.directory, like: null, jobs: 2, signal },
    changes: null,
    omitted: { owners: false, privileges: false },
    onProgress: () => undefined,
  };
}

/** A comparison that waits for a lock is stopped, and who holds it is named. */
async function expectNamedBlocker(): Promise<void> {
  const holder = await testDatabase(names.restoring).connect();
  await holder.query('BEGIN; LOCK TABLE circle_b');
  const database = { ...target.connection, database: names.restoring };
  const watch = { what: 'the comparison', seconds: 3, database, shared: false };
  const all = { ...options(), backup: 'torture', warnings: [] };
  // Sessions of other tests on this server are none of its run.
  const comparing = withinRun('restore/stalled-2026-03-01T17:00:00.000Z', () =>
    unlessRestoreStalls(watch, all, compareBeside),
  );
  await expect(comparing).rejects.toMatchObject({
    code: 'stalled',
    message: expect.stringMatching(
      /^the comparison made no progress for 3 s: table 'public.circle_b' is locked by process \d+ /,
    ) as string,
  });
  await holder.end();
}

/** What there is of the target and the databases beside it, each with a table of its own. */
async function standing(): Promise<Record<string, 'old' | 'restored' | 'other'>> {
  const list = Object.values(names).map((name) => pg.escapeLiteral(name as string));
  const rows = await onCluster<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname IN (${list.join()})`,
  );
  const found = rows.map(async ({ name }) => {
    const client = await testDatabase(name).connect();
    const tables = await client.query<{ old: boolean; restored: boolean }>(
      `SELECT to_regclass('public.old') IS NOT NULL AS old,
              to_regclass('public.circle_b') IS NOT NULL AS restored`,
    );
    await client.end();
    const { old, restored } = tables.rows[0]!;
    return [name, old ? 'old' : restored ? 'restored' : 'other'] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

async function inRestoring(sql: string): Promise<void> {
  const client = await testDatabase(names.restoring).connect();
  await client.query(sql);
  await client.end();
}

const compare = () => compareBeside({ ...options(), backup: 'torture', warnings: [] });
const swap = () => swapIn(target.connection, { names, expected: 'filled' }, signal);

describe('a database with one of everything', () => {
  test('is proven beside the target, takes its name from under a busy pool, and the old one is kept', async () => {
    await restoreBeside({ ...options(), roles: false });
    const proof = await compare();
    expect([proof.state, proof.reason]).toEqual(['proven', null]);
    expect(await standing()).toEqual({ [target.name]: 'old', [names.restoring]: 'restored' });
    await expectNamedBlocker();
    const pool = startPool();
    expect(await swap()).toBe(names.before);
    await pool.stop();
    const swapped = { [target.name]: 'restored', [names.before]: 'old' };
    expect(await standing()).toEqual(swapped);
    expect(await swap()).toBe(names.before);
    expect(await standing()).toEqual(swapped);
  });

  test('without owners and grants is proven, too, and belongs to the role that restores', async () => {
    const omitted = { owners: true, privileges: true };
    await restoreBeside({ ...options(), omitted, roles: false });
    const all = { ...options(), omitted, backup: 'torture', warnings: [] };
    const proof = await compareBeside(all);
    expect([proof.state, proof.reason]).toEqual(['proven', null]);
    expect(proof.notCompared.map(({ what }) => what)).toContain('owners');
    const client = await testDatabase(names.restoring).connect();
    const { rows } = await client.query(
      `SELECT DISTINCT relowner::regrole::text AS owner FROM pg_class WHERE oid >= 16384`,
    );
    await client.end();
    expect(rows).toEqual([{ owner: target.connection.user }]);
  });

  test('that came back otherwise is told apart', async () => {
    await restoreBeside({ ...options(), roles: false });
    await inRestoring('DELETE FROM circle_b; CREATE TABLE more ()');
    const proof = await compare();
    expect(proof.state).toBe('failed');
    expect(proof.reason).toMatch(/^table 'public.circle_a': .*and 3 more/);
  });

  test('comes back unproven where another version took its fingerprints', async () => {
    const old = await withReading(dump, asOlder);
    try {
      const all = { ...options(), directory: old.directory };
      await restoreBeside({ ...all, roles: false });
      const proof = await compareBeside({ ...all, backup: 'torture', warnings: [] });
      expect(proof).toMatchObject({ state: 'unproven', mismatches: 0 });
      expect(proof.reason).toContain(`of kind 'old'`);
    } finally {
      await old.remove();
    }
  });
});

describe('what is no full backup in a directory comes back whole, too', () => {
  test.each<[string, DumpContent, DumpFormat]>([
    ['the rows in plain SQL', { kind: 'data_only', module: null }, 'plain'],
    ['a module', someTables, 'custom'],
    ['everything in plain SQL', wholeDatabase, 'plain'],
  ])('%s', async (_, content, format) => {
    const other = await makeTestDump(source, { content, format });
    try {
      const all = { ...options(), directory: other.directory };
      await restoreBeside({ ...all, roles: false });
      const proof = await compareBeside({ ...all, backup: 'torture', warnings: [] });
      expect([proof.state, proof.reason]).toEqual(['proven', null]);
    } finally {
      await other.remove();
    }
  });
});

describe('what somebody made meanwhile is not replaced', () => {
  test.each(['missing', 'empty'] as const)('where the target was %s', async (expected) => {
    await onCluster(`CREATE DATABASE "${names.restoring}"`);
    await expect(swapIn(target.connection, { names, expected }, signal)).rejects.toMatchObject({
      code: 'conflict',
    });
    expect(await standing()).toMatchObject({ [target.name]: 'old' });
  });
});

test('kill -9 while the names are changed leaves the old database, and the next try changes them', async () => {
  await onCluster(`CREATE DATABASE "${names.restoring}"`);
  const blocker = await testDatabase('postgres').connect();
  await blocker.query(`BEGIN; COMMENT ON DATABASE "${names.restoring}" IS 'held'`);
  const child = startSwap();
  const renaming = `query LIKE '%"${names.restoring}" RENAME%' AND wait_event_type = 'Lock'`;
  await until(async () => {
    const waiting = await onCluster(`SELECT FROM pg_stat_activity WHERE ${renaming}`);
    return waiting.length === 1;
  });
  child.kill('SIGKILL');
  await once(child, 'exit');
  await onCluster(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${renaming}`);
  await blocker.query('ROLLBACK');
  await blocker.end();
  expect(await standing()).toEqual({ [target.name]: 'old', [names.restoring]: 'other' });
  expect(await swap()).toBe(names.before);
  expect(await standing()).toEqual({ [target.name]: 'other', [names.before]: 'old' });
});

function startSwap(): ChildProcess {
  const script = `
    import { swapIn } from '${compiled}/src/postgres/restore/swap.js';
    const { target, names } = JSON.parse(process.argv[1]);
    await swapIn(target, { names, expected: 'filled' }, new AbortController().signal);`;
  const argument = JSON.stringify({ target: target.connection, names });
  const args = ['--input-type=module', '--eval', script, argument];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Sessions on the target that come back whenever they are ended. */
function startPool(): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const use = async () => {
    while (!stopped.signal.aborted) {
      const client = await target.connect().catch(() => undefined);
      await client?.query('SELECT pg_sleep(0.02)').catch(() => undefined);
      await client?.end().catch(() => undefined);
    }
  };
  const users = [use(), use(), use()];
  return {
    async stop() {
      stopped.abort();
      await Promise.all(users);
    },
  };
}
