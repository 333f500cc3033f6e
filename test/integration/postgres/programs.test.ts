import {
  appendFile,
  chmod,
  mkdtemp,
  mkdir,
  readFile,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findClientProgram, findServerPrograms } from '../../../src/postgres/programs.ts';
import { removeTree } from '../../../src/system/files.ts';

let parent: string;
let places: string[];

beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'programs '));
  places = await Promise.all(['15.9', '17.2', '15.14', '16.0', '18beta1'].map(install));
});
afterAll(() => removeTree(parent));

test('takes the oldest program that is not older than the server', async () => {
  const versions = await Promise.all(
    [140003, 150002, 160004, 180000, undefined].map((server) =>
      findClientProgram('pg_dump', server, places).then(({ version }) => version),
    ),
  );
  expect(versions).toEqual(['15.9', '15.9', '16.0', '18beta1', '18beta1']);
});

test('says which program is too old, or missing', async () => {
  await expect(findClientProgram('pg_dump', 190002, places)).rejects.toMatchObject({
    code: 'program_too_old',
    message: 'pg_dump 18beta1 is older than the server 19.2',
  });
  await expect(findClientProgram('psql', undefined, places)).rejects.toMatchObject({
    code: 'program_missing',
  });
  await expect(findServerPrograms(11)).rejects.toMatchObject({ code: 'program_missing' });
});

test('asks a program once, whatever the number of directories that lead to it', async () => {
  const [first] = places;
  const [asked, link] = ['asked', 'link'].map((name) => path.join(parent, name));
  await appendFile(path.join(first!, 'pg_dump'), `echo asked >> '${asked!}'\n`);
  await symlink(first!, link!);
  const found = await findClientProgram('pg_dump', 150002, [first!, link!, '/nowhere']);
  expect(found.path).toBe(path.join(first!, 'pg_dump'));
  expect(await readFile(asked!, 'utf8')).toBe('asked\n');
});

test(`passes by Debian's wrapper, which chooses a version by itself`, async () => {
  const places = await Promise.all(['99.9', '17.9'].map(install));
  await rename(path.join(places[0]!, 'pg_dump'), path.join(parent, 'pg_wrapper'));
  await symlink(path.join(parent, 'pg_wrapper'), path.join(places[0]!, 'pg_dump'));
  const found = await findClientProgram('pg_dump', undefined, places);
  expect(found.version).toBe('17.9');
});

test('finds the programs of this machine', async () => {
  const dump = await findClientProgram('pg_dump');
  const server = await findServerPrograms();
  expect(dump.major).toBeGreaterThanOrEqual(12);
  expect(server.major).toBeGreaterThanOrEqual(12);
});

async function install(version: string): Promise<string> {
  const directory = path.join(parent, version);
  await mkdir(directory);
  const file = path.join(directory, 'pg_dump');
  await writeFile(file, `#!/bin/sh\necho 'pg_dump (PostgreSQL) ${version} (Debian)'\n`);
  await chmod(file, 0o755);
  return directory;
}
