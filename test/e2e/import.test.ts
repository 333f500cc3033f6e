import { execFile } from 'node:child_process';
import { mkdir, readFile, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { ImportResult } from '../../src/service/import/import-files.ts';
import { startS3Server, type S3Server } from '../harness/s3-server.ts';
import { createTestServiceFor, type ServiceWithDatabase } from '../harness/service.ts';

const run = promisify(execFile);
let service: ServiceWithDatabase;
let server: S3Server;
let old: string;
let dump: string;
let first: ImportResult & { status: number };

beforeAll(async () => {
  server = await startS3Server();
  await server.createBucket('old');
  service = await createTestServiceFor(
    'import',
    `CREATE TABLE orders (id int PRIMARY KEY, note text);
     INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 50) n;`,
    {
      TZ: 'UTC',
      AWS_S3_BUCKET: 'old',
      AWS_ENDPOINT_URL_S3: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
    },
  );
  const { stdout } = await run('pg_dump', [`--dbname=${service.environment['DATABASE_URL']!}`]);
  // Of another server, as its owner shows.
  dump = stdout.replaceAll(/OWNER TO \S+;/g, 'OWNER TO "old owner";');
  old = path.join(service.stateDirectory, 'old');
  await mkdir(old);
  const files: Record<string, string | Buffer> = {
    'cloud_backup_20250102_030405.sql': dump,
    'render_backup_20250102_030405.sql.gz': gzipSync(`-- another one\n${dump}`),
    'cloud_backup_orders_20250103_000000.sql': dump.slice(0, -200),
    'cloud_schema_20250104_000000.sql': 'CREATE TABLE broken (id int;\n',
    'cloud_db_upgrade_20250105.sql': 'DROP TABLE orders;\n',
    'cloud_backup_20250106_000000.sql': '',
    'cloud_backup_20250107_000000.sql.gz': gzipSync(dump),
    'notes.txt': 'hands off',
  };
  for (const [name, content] of Object.entries(files))
    await writeFile(path.join(old, name), content);
  await truncate(path.join(old, 'cloud_backup_20250107_000000.sql.gz'), 300);
  await service.startWorker();
  first = await importFrom(old);
}, 300_000);

afterAll(async () => {
  await service.close();
  await server.stop();
});

async function importFrom(...args: string[]): Promise<ImportResult & { status: number }> {
  const done = await service.cli('import', ...args, '--json');
  return { ...(done.json() as ImportResult), status: done.status };
}

test('old files become backups on hold, what is broken is named, and nothing twice', async () => {
  const { database } = first;
  expect(first.status).toBe(3);
  expect(first.others).toBe(1);
  const outcome = first.files.map(({ file, backup, note }) => [file, backup, note]);
  expect(outcome).toEqual([
    ['cloud_backup_20250102_030405.sql', `${database}_full_20250102_030405`, null],
    ['render_backup_20250102_030405.sql.gz', `${database}_full_20250102_030406`, null],
    [
      'cloud_backup_orders_20250103_000000.sql',
      `${database}_full_orders_20250103_000000`,
      `'pg_dump' did not finish it`,
    ],
    ['cloud_schema_20250104_000000.sql', `${database}_schema_only_20250104_000000`, null],
    ['cloud_db_upgrade_20250105.sql', `${database}_script_cloud-db-upgrade_20250105_000000`, null],
    ['cloud_backup_20250106_000000.sql', null, 'it is empty'],
    ['cloud_backup_20250107_000000.sql.gz', null, 'its gzip is truncated or damaged'],
  ]);
  const again = await importFrom(old);
  expect(again.files.map(({ state }) => state)).toEqual([
    ...Array.from({ length: 5 }, () => 'known'),
    ...['refused', 'refused'],
  ]);
  const listed = (await service.cli('list', '--json')).json() as BackupSummary[];
  expect(listed.map(({ id }) => id)).toEqual(
    first.files.flatMap(({ backup }) => (backup === null ? [] : [backup])).reverse(),
  );
  for (const { state, hold, copies } of listed) {
    expect(state).toBe('unproven');
    expect(hold?.reason).toMatch(/^imported/);
    expect(copies).toMatchObject([{ destination: 'local', state: 'good' }]);
  }
}, 60_000);

test('an imported file comes back as it was', async () => {
  const [found] = first.files;
  const target = path.join(service.stateDirectory, 'back.sql');
  const done = await service.cli('download', found!.backup!, '--as', 'sql', '--output', target);
  expect(done.status, done.stderr).toBe(0);
  expect(await readFile(target, 'utf8')).toBe(dump);
}, 60_000);

test('a test restore says what it can: rows that came, or why it failed; a script is not run', async () => {
  const [plain, , , broken, script] = first.files;
  const good = await service.cli('verify', plain!.backup!, '--json');
  expect(good.status, good.stderr).toBe(5);
  const shown = (await service.cli('show', plain!.backup!, '--json')).json() as BackupSummary;
  expect(shown.reason).toContain('restored without an error, 1 table, 50 rows');
  const bad = await service.cli('verify', broken!.backup!, '--json');
  expect(bad.status, bad.stderr).toBe(1);
  expect(bad.stderr + bad.stdout).toContain('syntax error');
  const not = await service.cli('verify', script!.backup!);
  expect(not.status).toBe(1);
  expect(not.stderr).toContain('is a script, no backup: it is not run');
}, 120_000);

test('restore refuses an imported file and says how it is restored', async () => {
  const [plain] = first.files;
  const url = service.environment['DATABASE_URL']!.replace(/:[^:@/]*@/, '@');
  const refused = await service.cli('restore', plain!.backup!, '--to', url, '--clean', '--yes');
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('download');
}, 60_000);

test('a bucket is read, clouds get their copies with the next run, and a release ends the hold', async () => {
  const Key = 'archive/cloud_backup_20240101_000000.sql.gz';
  await server.client.send(new PutObjectCommand({ Bucket: 'old', Key, Body: gzipSync(dump) }));
  const { files } = await importFrom('archive/', '--from', 's3');
  const id = files[0]!.backup!;
  expect(files).toMatchObject([{ state: 'imported', file: 'cloud_backup_20240101_000000.sql.gz' }]);
  const checked = await service.cli('check', id);
  expect(checked.status, checked.stderr).toBe(0);
  const show = async () => (await service.cli('show', id, '--json')).json() as BackupSummary;
  expect((await show()).copies).toMatchObject([
    { destination: 'local', state: 'good' },
    { destination: 's3', state: 'good' },
  ]);
  expect((await service.cli('release', id)).status).toBe(0);
  expect((await show()).hold).toBeNull();
  const { files: later } = await importFrom('archive/', '--from', 's3');
  expect(later).toMatchObject([{ state: 'known' }]);
  expect((await show()).hold).toBeNull();
}, 120_000);
