import { chmod, mkdtemp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { keptFullPlace } from '../../src/postgres/kept-full.ts';
import { findServerPrograms } from '../../src/postgres/programs.ts';
import { removeTree } from '../../src/system/files.ts';
import { createTestDatabase, onCluster, type TestDatabase } from '../harness/postgres.ts';
import { createTestService, databaseUrl, type TestService } from '../harness/service.ts';

const role = 'pma_kept_owner';
let service: TestService;
let database: TestDatabase;
let temporary: string;
let place: string;
let full: BackupSummary;

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'keeping-'));
  await chmod(temporary, 0o711); // the scratch server's user passes through
  database = await createTestDatabase('kept');
  const { name } = database;
  await change(
    `CREATE ROLE ${role}; CREATE TABLE things (id int PRIMARY KEY, name text);
     INSERT INTO things SELECT n, 'thing ' || n FROM generate_series(1, 2000) n;
     ALTER TABLE things OWNER TO ${role}; CREATE TABLE plain (what text); GRANT SELECT ON plain TO ${role};
     ALTER DATABASE "${name}" SET statement_timeout = '1h'; SELECT lo_from_bytea(0, 'large')`,
  );
  const file = path.join(temporary, 'settings.yaml');
  service = await createTestService({ PMA_CONFIG: file, TMPDIR: temporary });
  place = keptFullPlace(service.stateDirectory, 'shop', temporary);
  await configure('always');
  await service.startWorker();
}, 180_000);

afterAll(async () => {
  await service.close();
  await database.drop();
  await onCluster(`DROP ROLE ${role}`);
  await removeTree(temporary);
});

async function configure(incrementals: string): Promise<void> {
  const url = databaseUrl(database.connection);
  const proof = { incrementals, keepFull: true };
  const settings = { databases: [{ name: 'shop', url }], proof, enabled: false };
  await writeFile(path.join(temporary, 'settings.yaml'), stringify(settings));
}

async function change(sql: string): Promise<void> {
  const client = await database.connect();
  await client.query(sql);
  await client.end();
}

async function backUp(kind: string, status = 0): Promise<BackupSummary> {
  const done = await service.cli('backup', '--kind', kind, '--json');
  expect(done.status, done.stderr).toBe(status);
  return done.json() as BackupSummary;
}

const kept = async () => (await readdir(temporary)).filter((name) => name.startsWith('pma-'));

test('a proven full stays restored, closed to all others and without a running server', async () => {
  full = await backUp('full');
  expect(full.state).toBe('proven');
  expect(await kept()).toEqual([path.basename(place)]);
  expect((await stat(place)).mode & 0o777).toBe(0o700);
  expect(await readdir(path.join(place, 'data'))).not.toContain('postmaster.pid');
  const { directory } = await findServerPrograms();
  const control = path.join(directory, 'pg_controldata');
  const { stdout } = await execa(control, [path.join(place, 'data')], { env: { LC_ALL: 'C' } });
  expect(stdout).toMatch(/^Database cluster state: +shut down$/m);
}, 120_000);

test('its incrementals are proven on copies of it: the stored full is not needed', async () => {
  const { path: artifact } = full.artifact!;
  await rename(artifact, `${artifact}.away`);
  for (const turn of [1, 2]) {
    await change(`DELETE FROM things WHERE id % 100 = ${turn}; INSERT INTO plain VALUES ('more')`);
    const incremental = await backUp('incremental');
    expect(incremental).toMatchObject({ kind: 'incremental', state: 'proven', base: full.id });
    expect(incremental.proof).toMatchObject({ tables: 2, rows: 2000 - 20 * turn + turn });
  }
  await rename(`${artifact}.away`, artifact);
  expect(await kept()).toEqual([path.basename(place)]);
}, 120_000);

test('what went wrong with it is no failure of an incremental: its stored full is restored', async () => {
  const note = path.join(place, 'kept.json');
  const text = await readFile(note, 'utf8');
  const { database: name } = JSON.parse(text) as { database: string };
  await writeFile(note, text.replace(`"${name}"`, '"template0"'));
  const incremental = await backUp('incremental');
  expect(incremental).toMatchObject({ state: 'proven', base: full.id });
  expect(await kept()).toEqual([]);
}, 120_000);

test('settings that prove one incremental a day, or none, leave the others unproven, and verify proves them', async () => {
  await configure('daily');
  const second = await backUp('incremental', 5);
  expect(second).toMatchObject({ kind: 'incremental', state: 'unproven' });
  expect(second.reason).toContain('the settings test-restore one incremental a day');
  await configure('never');
  const third = await backUp('incremental', 5);
  expect(third.reason).toBe(
    `the settings never test-restore incrementals; 'pma-backup verify ${third.id}' does`,
  );
  const verified = await service.cli('verify', third.id);
  expect(verified.status, verified.stderr).toBe(0);
  const status = (await service.cli('status', '--json')).json() as { alarms: unknown[] };
  expect(status.alarms).toEqual([]);
}, 120_000);
