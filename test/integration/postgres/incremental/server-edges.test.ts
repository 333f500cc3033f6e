import { chmod, cp, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCluster, type Cluster } from '../../../../src/postgres/cluster.ts';
import { dumpDatabase, type DumpOptions } from '../../../../src/postgres/dump.ts';
import { openBase, type Base } from '../../../../src/postgres/incremental/base-file.ts';
import { findClientProgram } from '../../../../src/postgres/programs.ts';
import { removeTree } from '../../../../src/system/files.ts';
import { clusterUser } from '../../../../src/system/os-user.ts';

/** One server for the whole file: each test leaves it running, on the storage and at the transaction it came to. */
let place: string;
let server: Cluster;

const user = clusterUser();
const data = () => path.join(place, 'data');
const { signal } = new AbortController();

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'pma-edges-'));
  await chmod(place, 0o711); // the server's user passes through
  await start();
  await onServer('postgres', 'CREATE DATABASE shop');
  await onServer(
    'shop',
    `CREATE TABLE things (id int PRIMARY KEY, amount int NOT NULL);
     INSERT INTO things SELECT n, 0 FROM generate_series(1, 1000) n; ANALYZE`,
  );
}, 60_000);

afterAll(async () => {
  await server.kill();
  await removeTree(place);
});

async function start(): Promise<void> {
  server = await startCluster({
    directory: data(),
    socketDirectory: path.join(place, 's'),
    user,
    configuration: { fsync: 'off', autovacuum: 'off', shared_buffers: '16MB' },
  });
}

async function restart(between: () => Promise<void>): Promise<void> {
  await server.stop();
  await between();
  await start();
}

async function onServer(database: string, ...statements: string[]): Promise<unknown[]> {
  const { host, port, user: name } = server.connection(database);
  const client = new pg.Client({ host, port, user: name, database });
  await client.connect();
  try {
    let rows: unknown[] = [];
    for (const sql of statements) ({ rows } = await client.query(sql));
    return rows;
  } finally {
    await client.end();
  }
}

/** The next transaction gets this number; all rows so far must be frozen. */
async function setNextTransaction(next: number): Promise<void> {
  await onServer('postgres', 'VACUUM (FREEZE)');
  await onServer('shop', 'VACUUM (FREEZE)');
  const [found] = await onServer('shop', `SELECT setting FROM pg_config WHERE name = 'BINDIR'`);
  const { setting: directory } = found as { setting: string };
  await restart(async () => {
    const segment = Math.floor(next / 1_048_576);
    const name = segment.toString(16).toUpperCase().padStart(4, '0');
    const file = await open(path.join(data(), 'pg_xact', name), 'a', 0o600);
    if ((await file.stat()).size < 262_144) await file.truncate(262_144);
    if (user) await file.chown(user.uid, user.gid);
    await file.close();
    const args = [`--next-transaction-id=${next}`, '--pgdata', data()];
    const oldest = `--oldest-transaction-id=${(next - 1_000_000 + 2 ** 32) % 2 ** 32}`;
    const program = path.join(directory, 'pg_resetwal');
    await execa(program, [oldest, ...args], {
      cwd: '/',
      ...(user && { uid: user.uid, gid: user.gid }),
    });
  });
}

async function dump(options: Partial<DumpOptions>): Promise<string> {
  const directory = await mkdtemp(path.join(place, 'dump-'));
  await dumpDatabase({
    connection: server.connection('shop'),
    ...{ directory, format: 'plain', jobs: 1, maxBlockSeconds: 60, lockTimeoutSeconds: 5 },
    ...{ run: 'shop_full', signal, onProgress: () => undefined },
    ...options,
  });
  return path.join(directory, 'dump.sql');
}

interface Full {
  readonly base: Base;
  readonly script: string;
}

async function full(): Promise<Full> {
  const baseFile = path.join(await mkdtemp(path.join(place, 'base-')), 'base');
  const script = await dump({ baseFile });
  return { base: await openBase(baseFile), script };
}

async function expectFull({ base }: Full, reason: string | RegExp): Promise<void> {
  await expect(dump({ increment: base })).rejects.toMatchObject({
    code: 'needs_full',
    message: expect.stringMatching(reason) as string,
  });
}

const contents = `SELECT count(*), sum(hashint8(id * 100000 + amount)), max(amount) FROM things`;

async function expectExact({ base, script }: Full): Promise<string> {
  const changes = await dump({ increment: base });
  await onServer('postgres', 'DROP DATABASE IF EXISTS copy', 'CREATE DATABASE copy');
  const { path: psql } = await findClientProgram('psql');
  const { host, port, user: name } = server.connection('copy');
  const args = [
    '-X',
    '-q',
    '-o',
    '/dev/null',
    '-h',
    host,
    '-p',
    String(port),
    '-U',
    name,
    '-d',
    'copy',
  ];
  for (const file of [script, changes]) await execa(psql, [...args, '-f', file]);
  expect(await onServer('copy', contents)).toEqual(await onServer('shop', contents));
  return changes;
}

const update = (where: string) => `UPDATE things SET amount = amount + 1 WHERE ${where}`;

/** So many transactions, each with a number of its own. */
const pass = (count: number) => Array.from({ length: count }, () => 'SELECT pg_current_xact_id()');

test('a full takes the place of an incremental when 2^31 transactions passed', async () => {
  const base = await full();
  await setNextTransaction(1_200_000_000); // rows are frozen in good time
  await setNextTransaction(2 ** 31 + 5000);
  await expectFull(base, /2\^31 transactions passed since the full/);
}, 60_000);

test('an incremental is exact past 2^31 transactions in all, and after a crash of the server', async () => {
  const base = await full();
  await onServer('shop', update('id % 100 = 5'), 'DELETE FROM things WHERE id = 6', 'CHECKPOINT');
  await server.kill();
  await start();
  await onServer('shop', update('id % 100 = 7'));
  await expectExact(base);
}, 60_000);

test('an incremental is exact over the wrap-around of transaction numbers, and where frozen rows look new', async () => {
  await setNextTransaction(2 ** 32 - 150);
  await onServer('shop', update('id % 100 = 1'));
  const base = await full();
  await onServer('shop', update('id % 100 = 2'), 'DELETE FROM things WHERE id % 100 = 3');
  await onServer('shop', ...pass(300));
  await onServer('shop', update('id % 100 = 4'), 'INSERT INTO things VALUES (0, 0)');
  const numbers = `SELECT DISTINCT id % 100 AS id, xmin::text::int8 > 2147483648 AS before FROM things
    WHERE id % 100 IN (2, 4) ORDER BY 1`;
  expect(await onServer('shop', numbers)).toEqual([
    { id: 2, before: true },
    { id: 4, before: false },
  ]);
  await expectExact(base);
}, 60_000);

test('a full takes the place of an incremental when the storage was set back, also when the server got further than it was', async () => {
  const saved = path.join(place, 'saved');
  await restart(() =>
    cp(data(), saved, { recursive: true, preserveTimestamps: true }).then(() => own(saved)),
  );
  await onServer('shop', ...pass(20), update('id IN (10, 11)'));
  const base = await full();
  await restart(async () => {
    await removeTree(data());
    await cp(saved, data(), { recursive: true });
    await own(data());
  });
  await expectFull(base, /log is at .*, before the full's .*: its storage was set back/);
  // The rows of both are in one bucket: one looks old and is not as the full saw it, the other looks new.
  await onServer('shop', update('id = 10'), ...pass(100), update('id = 11'));
  for (let count = 0; count < 3; count++)
    await onServer('shop', 'SELECT pg_switch_wal()', update('id = 900'));
  await expectFull(base, 'does not know the transactions that followed the full');
}, 60_000);

async function own(directory: string): Promise<void> {
  if (user) await execa('chown', ['-R', `${user.uid}:${user.gid}`, directory]);
}

test('a full takes the place of an incremental when the database was made anew', async () => {
  const base = await full();
  await onServer(
    'postgres',
    'CREATE DATABASE again TEMPLATE shop',
    'DROP DATABASE shop',
    'ALTER DATABASE again RENAME TO shop',
  );
  await expectFull(base, 'the database was made anew');
}, 60_000);

test('a standby is refused where an incremental was asked for; once promoted, a full takes its place at once', async () => {
  const base = await full();
  await restart(() => writeFile(path.join(data(), 'standby.signal'), ''));
  await expect(dump({ increment: base.base })).rejects.toMatchObject({ code: 'standby_refused' });
  await onServer('postgres', 'SELECT pg_promote()');
  await expectFull(
    base,
    /timeline changed from 00000001 to 00000002: it was promoted or recovered/,
  );
}, 60_000);

test('a full takes the place of an incremental on another server', async () => {
  const base = await full();
  await restart(async () => {
    await rm(data(), { recursive: true });
    await mkdir(path.dirname(data()), { recursive: true });
  });
  await onServer('postgres', 'CREATE DATABASE shop');
  await expectFull(base, 'the server is another one: system identifier');
}, 60_000);
