import { execFile } from 'node:child_process';
import { access, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dumpFormats } from '../../src/domain/dump-layout.ts';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { createTestDatabase, testDatabase } from '../harness/postgres.ts';
import { createTestServiceFor, databaseUrl, type ServiceWithDatabase } from '../harness/service.ts';

let service: ServiceWithDatabase;

beforeAll(async () => {
  service = await createTestServiceFor(
    'kinds',
    `
    CREATE TABLE dict_colours (id serial PRIMARY KEY, name text NOT NULL);
    INSERT INTO dict_colours (name) SELECT 'colour ' || n FROM generate_series(1, 20) n;
    CREATE TABLE things (id serial PRIMARY KEY, colour int REFERENCES dict_colours);
    INSERT INTO things (colour) SELECT n FROM generate_series(1, 10) n;
  `,
    { BACKUP_MODULES: 'dictionaries=public.dict_*' },
  );
  service.environment['PMA_CONFIG'] = path.join(service.stateDirectory, 'settings.yaml');
  await chooseFormat('directory');
  await service.startWorker();
}, 180_000);

afterAll(async () => {
  await service.close();
  for (const format of dumpFormats) await testDatabase(`${service.database.name}_${format}`).drop();
});

/** Settings are read anew by each step. */
async function chooseFormat(format: string): Promise<void> {
  await writeFile(service.environment['PMA_CONFIG']!, `format: ${format}\n`);
}

async function backUp(...args: string[]): Promise<BackupSummary> {
  const done = await service.cli('backup', ...args, '--json');
  expect(done.status, done.stderr).toBe(0);
  return done.json() as BackupSummary;
}

const made = new Map<string, BackupSummary>();
const directoryOf = (summary: BackupSummary) => path.dirname(summary.artifact!.path);

describe('a backup', () => {
  test.each([
    ['of the schema, as plain SQL', 'plain', ['--kind', 'schema_only'], 0, '.sql.zst'],
    ['of the data, as one custom file', 'custom', ['--kind', 'data_only'], 30, '.dump.zst'],
    ['of a module, in a directory', 'directory', ['--module', 'dictionaries'], 20, '.tar.zst'],
  ])(
    '%s is proven, again from its copy, and when it is restored',
    async (_, format, args, rows, ending) => {
      await chooseFormat(format);
      const summary = await backUp(...args);
      made.set(format, summary);
      expect(summary).toMatchObject({ state: 'proven', proof: { tables: 2, rows, mismatches: 0 } });
      expect(summary.id).toMatch(/_(schema_only|data_only|full_dictionaries)_\d{8}_\d{6}$/);
      expect(path.basename(summary.artifact!.path)).toBe(`${summary.id}${ending}`);
      const files = await readdir(directoryOf(summary));
      const own = files.filter((file) => file.startsWith(`${summary.id}.`));
      // A full has the base of its incrementals, what is no archive of its own has 'verify'.
      expect(own).toHaveLength(4);
      const again = await service.cli('verify', summary.id);
      expect(again.status, again.stderr).toBe(0);
      const target = databaseUrl(testDatabase(`${service.database.name}_${format}`).connection);
      const back = await service.cli('restore', summary.id, '--to', target, '--create', '--json');
      expect(back.status, back.stderr).toBe(0);
      expect(back.json()).toMatchObject({ state: 'proven', tables: 2, rows, mismatches: 0 });
    },
  );

  test('of another kind or of a module is not the latest', async () => {
    await chooseFormat('directory');
    const full = await backUp();
    await backUp('--kind', 'schema_only');
    const shown = await service.cli('show', 'latest', '--json');
    expect((shown.json() as BackupSummary).id).toBe(full.id);
    const status = (await service.cli('status', '--json')).json() as {
      databases: { newestProven: { id: string } }[];
    };
    expect(status.databases[0]?.newestProven.id).toBe(full.id);
  });
});

describe('a download', () => {
  const save = (id: string, ...args: string[]) =>
    service.cli('download', id, '--output', service.stateDirectory, ...args, '--json');

  test.each([
    ['plain', /^CREATE TABLE public.things/m, /^COPY /m],
    ['custom', /^COPY public.things/m, /^CREATE TABLE /m],
    ['directory', /^COPY public.dict_colours/m, /^COPY public.things/m],
  ])('of format %s is the stored file, or an SQL script', async (format, has, hasNot) => {
    const { id, artifact } = made.get(format)!;
    const saved = await save(id);
    expect(saved.status, saved.stderr).toBe(0);
    const file = path.join(service.stateDirectory, path.basename(artifact!.path));
    expect(saved.json()).toMatchObject({ path: file, bytes: artifact!.bytes, readers: [] });
    expect((await readFile(file)).equals(await readFile(artifact!.path))).toBe(true);
    const plain = await save(id, '--as', 'sql');
    expect(plain.status, plain.stderr).toBe(0);
    const script = await readFile(path.join(service.stateDirectory, `${id}.sql`), 'utf8');
    expect(script).toMatch(has);
    expect(script).not.toMatch(hasNot);
    expect(
      (await readdir(service.stateDirectory)).filter((name) => /unpacking|part/.test(name)),
    ).toEqual([]);
    const again = await save(id);
    expect([again.status, again.json()]).toMatchObject([1, { error: { code: 'conflict' } }]);
  });

  test('as a script goes into an empty database with psql', async () => {
    const target = await createTestDatabase('from_script');
    try {
      const script = path.join(service.stateDirectory, `${made.get('directory')!.id}.sql`);
      const options = ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-o', '/dev/null'];
      const url = databaseUrl(target.connection);
      await promisify(execFile)('psql', [...options, '-f', script, '-d', url]);
      const client = await target.connect();
      const { rows } = await client.query('SELECT count(*)::int AS n FROM dict_colours');
      await client.end();
      expect(rows).toEqual([{ n: 20 }]);
    } finally {
      await target.drop();
    }
  });

  test('of a damaged copy fails, and leaves nothing', async () => {
    const { id, artifact } = made.get('custom')!;
    const bytes = await readFile(artifact!.path);
    bytes[20] = bytes[20]! ^ 1;
    await writeFile(artifact!.path, bytes);
    const file = path.join(service.stateDirectory, 'damaged');
    for (const plain of [[], ['--as', 'sql']]) {
      const done = await service.cli('download', id, '--output', file, ...plain, '--json');
      expect([done.status, done.json()]).toMatchObject([
        1,
        { error: { code: 'artifact_corrupted' } },
      ]);
      await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' });
    }
  });
});

describe('what cannot be backed up is named', () => {
  test.each([
    ['an unknown module', ['--module', 'dictionarys'], 4, `did you mean 'dictionaries'?`],
    ['a module of another kind', ['--module', 'dictionaries', '--kind', 'schema_only'], 2, 'kind'],
  ])('%s', async (_, args, exit, text) => {
    const done = await service.cli('backup', ...args);
    expect(done.status).toBe(exit);
    expect(done.stderr).toContain(text);
  });
});

test('what lies beside a plain artifact is checked with it', async () => {
  await chooseFormat('plain');
  const summary = await backUp('--module', 'dictionaries');
  expect((await service.cli('check', summary.id)).status).toBe(0);
  const file = path.join(directoryOf(summary), `${summary.id}.verify.tar.zst`);
  const bytes = await readFile(file);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = bytes[middle]! ^ 1;
  await writeFile(file, bytes);
  const again = await service.cli('verify', summary.id);
  expect(again.status).toBe(1);
  expect(again.stderr).toContain('is damaged');
  expect((await service.cli('check', summary.id)).status).toBe(1);
});
