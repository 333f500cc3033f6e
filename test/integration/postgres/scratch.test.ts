import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  removeStaleScratchServers,
  startScratchServer,
  type ScratchServer,
} from '../../../src/postgres/scratch.ts';
import { removeTree } from '../../../src/system/files.ts';
import { isRoot, scratchUser } from '../../../src/system/os-user.ts';

let parentDirectory: string;
let server: ScratchServer;

beforeAll(async () => {
  parentDirectory = await mkdtemp(path.join(tmpdir(), 'scratch parent 数据-'));
  await chmod(parentDirectory, 0o711);
  server = await startScratchServer({ parentDirectory, user: scratchUser(), jobs: 2, memory: 256 });
});

afterAll(async () => {
  await server.stop();
  expect(await readdir(parentDirectory)).toEqual([]);
  await removeTree(parentDirectory);
});

test('gives a superuser on a server without any safety', async () => {
  const rows = await query<{ fsync: string; super: boolean }>(
    `SELECT current_setting('fsync') AS fsync, usesuper AS super FROM pg_user WHERE usename = user`,
  );
  expect(rows).toEqual([{ fsync: 'off', super: true }]);
});

test.runIf(isRoot())('runs restored code as nobody', async () => {
  await query(`CREATE TEMP TABLE id (line text); COPY id FROM PROGRAM 'id -un'`);
  await query(`CREATE TABLE id (line text); COPY id FROM PROGRAM 'id -un; id -Gn'`);
  expect(await query('SELECT line FROM id')).toEqual([{ line: 'nobody' }, { line: 'nogroup' }]);
});

test('removes only what nobody holds any more', async () => {
  const stale = path.join(parentDirectory, 'pma-scratch-0123456789');
  await mkdir(path.join(stale, 'data'), { recursive: true });
  await writeFile(path.join(stale, 'data', 'postmaster.pid'), '999999999\n');
  await writeFile(`${stale}.lock`, '');
  await writeFile(path.join(parentDirectory, 'pma-scratch-half.lock'), '');
  const removed = await removeStaleScratchServers(parentDirectory);
  expect(removed.sort()).toEqual(['pma-scratch-0123456789', 'pma-scratch-half']);
  expect(existsSync(server.directory)).toBe(true);
  expect(await query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

async function query<T extends pg.QueryResultRow>(text: string): Promise<T[]> {
  const { host, port, user, database } = server.connection;
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  try {
    return (await client.query<T>(text)).rows;
  } finally {
    await client.end();
  }
}
