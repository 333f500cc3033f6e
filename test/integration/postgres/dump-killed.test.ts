import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dumpSessionName } from '../../../src/postgres/session-name.ts';
import { removeTree } from '../../../src/system/files.ts';
import { compileSource } from '../../harness/compiled.ts';
import { dumpProcesses, until } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

// What is compressed well in the table is long in the dump.
const [rows, rowBytes] = [30, 50e6];

let database: TestDatabase;
let client: pg.Client;
let compiled: string;

beforeAll(async () => {
  [database, compiled] = await Promise.all([createTestDatabase('killed'), compileSource()]);
  client = await database.connect();
  await client.query(`
    CREATE TABLE one AS SELECT repeat('x', ${rowBytes}) AS long;
    INSERT INTO one SELECT long FROM one, generate_series(2, ${rows});
    CREATE TABLE two AS TABLE one`);
});

afterAll(async () => {
  await client.end();
  await Promise.all([database.drop(), removeTree(compiled)]);
});

test('nothing of a dump outlives the process that was killed by kill -9', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-dump-test-'));
  const child = startDump(directory);
  try {
    await until(async () => (await dataBytes(directory)) > 0);
    expect((await dumpProcesses(directory)).length).toBeGreaterThan(2); // with its workers
    child.kill('SIGKILL');
    await once(child, 'exit');
    await until(async () => (await dumpProcesses(directory)).length === 0);
    await until(async () => (await sessions(directory)) === 0);
    // Not because they had finished.
    expect(await dataBytes(directory)).toBeLessThan(2 * rows * rowBytes);
  } finally {
    child.kill('SIGKILL');
    await removeTree(directory);
  }
});

function startDump(directory: string): ChildProcess {
  const script = `
    import { dumpDatabase } from '${compiled}/src/postgres/dump.js';
    await dumpDatabase({ ...JSON.parse(process.argv[1]), onProgress() {}, signal: new AbortController().signal });`;
  const options = {
    connection: database.connection,
    directory,
    jobs: 2,
    maxBlockSeconds: 60,
    lockTimeoutSeconds: 5,
    run: path.basename(directory),
  };
  const args = ['--input-type=module', '--eval', script, JSON.stringify(options)];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

async function dataBytes(directory: string): Promise<number> {
  const dump = path.join(directory, 'dump');
  const names = (await readdir(dump).catch(() => [])).filter((name) => name.endsWith('.dat'));
  const files = await Promise.all(names.map((name) => stat(path.join(dump, name))));
  return files.reduce((sum, { size }) => sum + size, 0);
}

async function sessions(directory: string): Promise<number> {
  const { rowCount } = await client.query(
    'SELECT FROM pg_stat_activity WHERE application_name = $1',
    [dumpSessionName(path.basename(directory))],
  );
  return rowCount ?? 0;
}
