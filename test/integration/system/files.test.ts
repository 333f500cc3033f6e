import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freeBytes, requireFreeBytes, requireWritable } from '../../../src/system/disk.ts';
import {
  directoryUsage,
  ensurePrivateDirectory,
  giveTo,
  removeTree,
  renameDurably,
  writeFileDurably,
} from '../../../src/system/files.ts';
import { clusterUser, isRoot, scratchUser } from '../../../src/system/os-user.ts';

let directory: string;
beforeAll(async () => (directory = await mkdtemp(path.join(tmpdir(), 'files 数据 '))));
afterAll(() => removeTree(directory));

test('writes a file whole, private, and leaves nothing else', async () => {
  const file = path.join(directory, 'written', 'a');
  await mkdir(path.dirname(file));
  await writeFileDurably(file, 'old');
  await writeFileDurably(file, Buffer.from('new'));
  expect(await readFile(file, 'utf8')).toBe('new');
  expect((await lstat(file)).mode & 0o777).toBe(0o600);
  await renameDurably(file, `${file}b`);
  expect(await readdir(path.dirname(file))).toEqual(['ab']);
});

test('leaves no half file when the place cannot take it', async () => {
  const place = path.join(directory, 'taken');
  await mkdir(path.join(place, 'name', 'below'), { recursive: true });
  await expect(writeFileDurably(path.join(place, 'name'), 'x')).rejects.toThrow();
  expect(await readdir(place)).toEqual(['name']);
});

test('counts what is below a path, and nothing where nothing is', async () => {
  const place = path.join(directory, 'counted');
  await mkdir(path.join(place, 'deep', 'deeper'), { recursive: true });
  await writeFile(path.join(place, 'a'), '12345');
  await writeFile(path.join(place, 'deep', 'deeper', 'b'), '123');
  expect(await directoryUsage(place)).toEqual({ bytes: 8, files: 2 });
  expect(await directoryUsage(path.join(place, 'none'))).toEqual({ bytes: 0, files: 0 });
});

test('makes a private directory, again and again', async () => {
  const place = path.join(directory, 'parents', 'private');
  const user = clusterUser();
  await ensurePrivateDirectory(place, user);
  await chmod(place, 0o755);
  await ensurePrivateDirectory(place, user);
  const entry = await lstat(place);
  expect(entry.mode & 0o777).toBe(0o700);
  expect(entry.uid).toBe(user?.uid ?? process.getuid?.());
});

test.runIf(isRoot())('refuses a private directory that is a link or somebody else’s', async () => {
  const link = path.join(directory, 'link');
  await symlink('/etc', link);
  await expect(ensurePrivateDirectory(link)).rejects.toMatchObject({ code: 'start_failed' });
  const foreign = path.join(directory, 'foreign');
  await mkdir(foreign);
  await giveTo(foreign, scratchUser());
  await expect(ensurePrivateDirectory(foreign, clusterUser())).rejects.toMatchObject({
    code: 'start_failed',
  });
});

test('tells how much room there is, also for what does not exist yet', async () => {
  const target = path.join(directory, 'not', 'yet');
  expect(await freeBytes(target)).toBeGreaterThan(0);
  await requireFreeBytes(target, 1, 'a byte');
  await expect(requireFreeBytes(target, 1e18, "the backup of 'shop'")).rejects.toMatchObject({
    code: 'disk_too_small',
  });
});

test('refuses a directory that is not there', async () => {
  await requireWritable(directory);
  await expect(requireWritable(path.join(directory, 'none'))).rejects.toMatchObject({
    code: 'directory_not_writable',
  });
});
