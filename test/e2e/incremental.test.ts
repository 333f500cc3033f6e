import { appendFile, mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { removeTree } from '../../src/system/files.ts';
import { createTestDatabase } from '../harness/postgres.ts';
import { createTestServiceFor, databaseUrl, type ServiceWithDatabase } from '../harness/service.ts';

const rows = 2000;

let service: ServiceWithDatabase;
let full: BackupSummary;
let incremental: BackupSummary;

beforeAll(async () => {
  service = await createTestServiceFor(
    'family',
    `CREATE TABLE things (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
     INSERT INTO things (name) SELECT 'thing ' || n FROM generate_series(1, ${rows}) n;
     CREATE TABLE plain (what text);
     INSERT INTO plain VALUES ('one');
     CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM things;
     ANALYZE`,
    { BACKUP_MODULES: 'names=public.things' },
  );
  await service.startWorker();
}, 180_000);

afterAll(() => service.close());

async function backUp(kind: string): Promise<BackupSummary> {
  const done = await service.cli('backup', '--kind', kind, '--json');
  expect(done.status, done.stderr).toBe(0);
  return done.json() as BackupSummary;
}

async function change(sql: string): Promise<void> {
  const client = await service.database.connect();
  await client.query(sql);
  await client.end();
}

const fileOf = (summary: BackupSummary, ending: string) =>
  path.join(path.dirname(summary.artifact!.path), `${summary.id}.${ending}`);

const manifestOf = async (summary: BackupSummary) =>
  JSON.parse(await readFile(fileOf(summary, 'manifest.json'), 'utf8')) as Manifest;

test('where there is no full, a full takes the place of an incremental and says why', async () => {
  full = await backUp('incremental');
  const reason = 'there is no proven full backup to follow';
  expect(full).toMatchObject({ kind: 'full', state: 'proven', base: null });
  expect(full.reason).toBe(`a full instead of an incremental: ${reason}`);
  expect((await manifestOf(full)).escalation).toBe(reason);
  const asked = (await service.cli('list', '--json')).json() as BackupSummary[];
  expect(asked.map(({ id, state }) => [id, state])).toEqual([
    [asked[0]!.id, 'cancelled'],
    [full.id, 'proven'],
  ]);
  expect(asked[0]?.reason).toBe(`'${full.id}' was made instead: ${reason}`);
}, 120_000);

test('an incremental holds what changed since its full, and is proven on top of it, twice', async () => {
  await change(`DELETE FROM things WHERE id % 100 = 0; UPDATE things SET name = name || '!' WHERE id = 7;
    INSERT INTO things (name) VALUES ('new'); INSERT INTO plain VALUES ('two'); REFRESH MATERIALIZED VIEW counts;
    CREATE TABLE fresh (id int PRIMARY KEY); INSERT INTO fresh VALUES (1)`);
  incremental = await backUp('incremental');
  expect(incremental).toMatchObject({
    ...{ kind: 'incremental', state: 'proven', base: full.id, reason: null },
    // Rows that were written while an older transaction of the server went on count as new, too.
    changes: {
      tables: 3,
      rows: expect.toSatisfy((found: number) => found >= 1 + 1 + 2 + 1) as number,
    },
    proof: { tables: 3, rows: rows - rows / 100 + 1 + 2 + 1, mismatches: 0 },
  });
  expect(incremental.artifact!.path).toBe(fileOf(incremental, 'sql.zst'));
  const listed = (await service.cli('list')).stdout.split('\n').map((line) => line.trimEnd());
  const below = listed.findIndex((line) => line.startsWith(full.id)) + 1;
  expect(listed[below]).toMatch(new RegExp(`^  ${incremental.id} .* [\\d,]+  local good$`));
  const again = await service.cli('verify', incremental.id);
  expect(again.status, again.stderr).toBe(0);
}, 120_000);

test('what lies beside a full for its incrementals is checked with it', async () => {
  const base = fileOf(full, 'base.zst');
  expect(await readdir(path.dirname(base))).toContain(path.basename(base));
  expect((await service.cli('check', full.id)).status).toBe(0);
});

test('a full and its incremental are restored by hand; a second time, and to nothing, is refused', async () => {
  const [target, empty] = [await createTestDatabase('by-hand'), await createTestDatabase('empty')];
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-by-hand-'));
  try {
    const { host, port, user, database } = target.connection;
    const shell = (script: string, into = database) =>
      execa('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: directory,
        env: { PGHOST: host, PGPORT: String(port), PGUSER: user, PGDATABASE: into },
        reject: false,
      });
    const document = await readFile('docs/restore-by-hand.md', 'utf8');
    const [, documented = ''] = /```sh incremental\n(.*)\n/.exec(document) ?? [];
    const apply = documented
      .replace('ID.sql.zst', incremental.artifact!.path)
      .replace('DATABASE', '"$PGDATABASE"');
    expect(apply).toContain(incremental.id);
    const done = await shell(
      `tar -xf '${full.artifact!.path}' --zstd; pg_restore --dbname=${database} --no-owner ${full.id}/dump; ${apply}`,
    );
    expect([done.exitCode, done.stderr]).toEqual([0, '']);
    const sums = `psql -X -A -t -c "SELECT sum(hashtext(name)), max(id), (SELECT count FROM counts), nextval('things_id_seq') FROM things"`;
    const restored = await shell(sums);
    const source = await shell(sums, service.database.connection.database);
    expect(restored.stdout).toBe(source.stdout);
    const again = await shell(apply);
    expect(again.exitCode).toBe(3);
    expect(again.stderr).toContain('wrong base: table public.');
    expect((await shell(apply, empty.connection.database)).exitCode).toBe(3);
  } finally {
    await removeTree(directory);
    await target.drop();
    await empty.drop();
  }
}, 60_000);

test('the latest is restored as a full and its incremental, by itself, and compared', async () => {
  const target = await createTestDatabase('latest');
  try {
    const url = databaseUrl(target.connection);
    const done = await service.cli('restore', 'latest', '--to', url, '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({
      ...{ backup: full.id, incremental: incremental.id, state: 'proven', mismatches: 0 },
    });
    const client = await target.connect();
    const { rows: found } = await client.query('SELECT name FROM things WHERE id IN (7, 100)');
    await client.end();
    expect(found).toEqual([{ name: 'thing 7!' }]);
  } finally {
    await target.drop();
  }
}, 60_000);

test('a module has incrementals of its own, which follow its fulls and carry its rows alone', async () => {
  const ofModule = async (...kind: string[]) => {
    const done = await service.cli('backup', '--module', 'names', ...kind, '--json');
    expect(done.status, done.stderr).toBe(0);
    return done.json() as BackupSummary;
  };
  const first = await ofModule();
  await change(`DELETE FROM things WHERE id = 1; UPDATE things SET name = 'other' WHERE id = 2;
    INSERT INTO plain VALUES ('of no module'); SELECT lo_from_bytea(0, 'of no module')`);
  const second = await ofModule('--kind', 'incremental');
  expect(second).toMatchObject({
    ...{ kind: 'incremental', module: 'names', base: first.id, state: 'proven' },
    changes: { tables: 1 },
  });
  const target = await createTestDatabase('module');
  try {
    const done = await service.cli('restore', second.id, '--to', databaseUrl(target.connection));
    expect(done.status, done.stderr).toBe(0);
    const client = await target.connect();
    const { rows: found } = await client.query(
      'SELECT (SELECT count(*)::int FROM plain) AS plain, array_agg(id) AS ids FROM things WHERE id < 3',
    );
    await client.end();
    expect(found).toEqual([{ plain: 0, ids: [2] }]);
  } finally {
    await target.drop();
  }
  await change('CREATE TABLE another (id int)');
  const instead = await ofModule('--kind', 'incremental');
  expect(instead).toMatchObject({ kind: 'full', module: 'names', state: 'proven' });
  expect(instead.reason).toContain('tables were made or dropped');
  await change('DROP TABLE another; SELECT lo_unlink(oid) FROM pg_largeobject_metadata');
}, 120_000);

test('a changed schema asks for a full', async () => {
  await change(`ALTER TABLE things ADD COLUMN more int`);
  const instead = await backUp('incremental');
  expect(instead).toMatchObject({ kind: 'full', state: 'proven' });
  expect(instead.reason).toContain('TABLE public.things was changed');
  await appendFile(fileOf(instead, 'base.zst'), 'x');
  expect((await service.cli('check', instead.id)).status).toBe(1);
  expect((await backUp('incremental')).reason).toContain('a full instead of an incremental: ');
}, 120_000);

test('as of a time, the newest full and incremental up to then are restored, whatever came later', async () => {
  const { snapshotAt } = await manifestOf(incremental);
  const target = await createTestDatabase('as-of');
  try {
    const restore = async (at: string, ...more: string[]) => {
      const to = ['--to', databaseUrl(target.connection), '--at', at];
      const done = await service.cli('restore', 'latest', ...to, '--json', ...more);
      expect(done.status, done.stderr).toBe(0);
      return done.json();
    };
    const before = new Date(Date.parse(snapshotAt) - 1).toISOString();
    expect(await restore(before, '--dry-run')).toMatchObject({
      backup: full.id,
      incremental: null,
    });
    expect(await restore(snapshotAt)).toMatchObject({
      ...{ backup: full.id, incremental: incremental.id, snapshotAt, state: 'proven' },
    });
    const client = await target.connect();
    const { rows: found } = await client.query('SELECT * FROM things WHERE id IN (7, 100)');
    await client.end();
    expect(found).toEqual([{ id: 7, name: 'thing 7!' }]);
  } finally {
    await target.drop();
  }
}, 60_000);
