import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { socketDirectoryFor, stateDirectoryFor } from '../../../src/postgres/cluster-places.ts';
import { startCluster, type Cluster } from '../../../src/postgres/cluster.ts';
import { connect } from '../../../src/postgres/session.ts';
import { removeTree } from '../../../src/system/files.ts';
import { clusterUser, isRoot } from '../../../src/system/os-user.ts';
import { createTestDatabase } from '../../harness/postgres.ts';

const user = clusterUser();
let parent: string;
let directory: string;

beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'cl 数据 '));
  await chmod(parent, 0o711);
  directory = path.join(parent, 'data');
  await mkdir(`${directory}.new`); // of a killed first start
  await writeFile(path.join(`${directory}.new`, 'PG_VERSION'), '15\n');
});
afterAll(() => removeTree(parent));

test('gives each test file a database of its own', async () => {
  const database = await createTestDatabase('odd "name" 数据');
  const client = await database.connect();
  const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
  expect(rows[0]?.name).toBe(database.name);
  await client.end();
  await database.drop();
});

test('keeps its data over a stop, a killed maker, and a stale process file', async () => {
  const first = await start();
  await query(first, 'CREATE TABLE kept AS SELECT 1 AS n');
  await expect(start()).rejects.toMatchObject({ code: 'conflict' });
  await first.stop();
  expect(existsSync(path.join(directory, 'postmaster.pid'))).toBe(false);

  const leftover = await startForgotten();
  const second = await start(); // ends the server that nobody owns any more
  expect(readFileSync(path.join(directory, 'postmaster.pid'), 'utf8')).not.toMatch(
    new RegExp(`^${leftover}\n`),
  );
  expect(await query(second, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  await second.kill();

  // The number of a living process that is no server of ours.
  await writeFile(path.join(directory, 'postmaster.pid'), `${process.pid}\n${directory}\n`);
  const third = await start();
  expect(await query(third, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  await third.stop();
});

test('says why it did not start, with the end of the log', async () => {
  await expect(start({ shared_buffers: 'much' })).rejects.toMatchObject({
    code: 'start_failed',
    detail: expect.stringContaining('shared_buffers') as string,
  });
});

test.runIf(isRoot())('moves where its user can enter, with a short socket path', async () => {
  const closed = path.join(parent, 'closed');
  await mkdir(closed, { mode: 0o700 });
  const wanted = path.join(closed, 'x'.repeat(120), 'postgres');
  const elsewhere = await stateDirectoryFor(wanted, user);
  expect(elsewhere).toMatch(/^\/var\/lib\/pma-backup\/[0-9a-f]{16}$/);
  expect(await stateDirectoryFor(wanted, user)).toBe(elsewhere);
  expect(await stateDirectoryFor(directory, user)).toBe(directory);
  const socket = await socketDirectoryFor(wanted, user);
  expect(Buffer.byteLength(`${socket}/.s.PGSQL.5432`)).toBeLessThan(107);
  await removeTree(socket);
});

function start(configuration: Record<string, string> = {}): Promise<Cluster> {
  return startCluster({
    ...{ directory, user, socketDirectory: path.join(parent, 's') },
    configuration: { fsync: 'off', ...configuration },
  });
}

/** A server whose maker is gone without having ended it. */
async function startForgotten(): Promise<number> {
  const { stdout } = spawnSync('sh', ['-c', 'ls -d /usr/lib/postgresql/*/bin/postgres | tail -1'], {
    encoding: 'utf8',
  });
  const child = spawn(
    stdout.trim(),
    ['-D', directory, '-c', `unix_socket_directories=${directory}`, '-c', 'fsync=off'],
    { ...(user ? { uid: user.uid, gid: user.gid } : {}), stdio: 'ignore', cwd: '/' },
  );
  await once(child, 'spawn');
  const file = path.join(directory, 'postmaster.pid');
  await expect
    .poll(() => existsSync(file) && readFileSync(file, 'utf8'), { timeout: 30_000 })
    .toContain('ready');
  return child.pid ?? 0;
}

async function query(cluster: Cluster, text: string): Promise<unknown[]> {
  const client = await connect(cluster.connection('postgres'), { applicationName: 'test' });
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}
