import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLocalStorage } from '../../src/storage/local.ts';
import { storageContract } from './storage.ts';

describe('the local storage', () => {
  storageContract(async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'pma-local-'));
    const storage = createLocalStorage(path.join(directory, 'deep', 'store'));
    return {
      storage,
      async damage(key) {
        const handle = await open(storage.uri(key), 'r+');
        const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, 1000);
        await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, 1000);
        await handle.close();
      },
      remove: () => rm(directory, { recursive: true }),
    };
  });

  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pma-local-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('only its owner can read what it stores', async () => {
    const location = path.join(directory, 'private');
    await createLocalStorage(location).putText('shop/a', 'x');
    expect((await stat(location)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(location, 'shop'))).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(location, 'shop', 'a'))).mode & 0o777).toBe(0o600);
  });

  test('of a file that the disk does not give cannot be told whether it is good', async () => {
    const storage = createLocalStorage(path.join(directory, 'unreadable'));
    await storage.putText('shop/a', 'x');
    await symlink('/proc/self/mem', storage.uri('shop/b')); // to read its first byte is EIO
    await expect(storage.check('shop/b', 'ab')).rejects.toMatchObject({
      code: 'storage_refused',
      message: `'${storage.uri('shop/b')}' cannot be read (EIO)`,
    });
  });

  test('what a killed run left half-written is not listed and goes with the next attempt', async () => {
    const location = path.join(directory, 'litter');
    const storage = createLocalStorage(location);
    await storage.putText('shop/a', 'x');
    const uuid = '3b241101-e2bb-4255-8caf-4136c566a962';
    const [own, other, old] = ['a', 'b', 'c'].map((name) =>
      path.join(location, 'shop', `.part-${name}-${uuid}`),
    ) as [string, string, string];
    for (const file of [own, other, old]) await writeFile(file, 'half');
    await utimes(old, new Date(0), new Date(0));
    const listed: string[] = [];
    for await (const { key } of storage.list('')) listed.push(key);
    expect(listed).toEqual(['shop/a']);
    await storage.putText('shop/a', 'y');
    expect((await readdir(path.join(location, 'shop'))).sort()).toEqual([
      path.basename(other),
      'a',
    ]);
  });

  test('what nobody finished is discarded, of the keys and from the time that are named', async () => {
    const location = path.join(directory, 'unfinished');
    const storage = createLocalStorage(location);
    await storage.putText('shop/a', 'x');
    const uuid = '3b241101-e2bb-4255-8caf-4136c566a962';
    const part = path.join(location, 'shop', `.part-b-${uuid}`);
    await writeFile(part, 'half');
    expect(await storage.discardUnfinished('shop/b', new Date(0))).toBe(0);
    expect(await storage.discardUnfinished('shop/c', new Date(Date.now() + 1000))).toBe(0);
    expect(await storage.discardUnfinished('shop/b', new Date(Date.now() + 1000))).toBe(1);
    expect(await readdir(path.join(location, 'shop'))).toEqual(['a']);
  });

  test('a directory of it may be a link to another disk, and no link leads round in a circle', async () => {
    const [location, disk] = ['linked', 'disk'].map((name) => path.join(directory, name)) as [
      string,
      string,
    ];
    const storage = createLocalStorage(location);
    await mkdir(location);
    await mkdir(disk);
    await symlink(disk, path.join(location, 'shop'));
    await symlink(path.join(directory, 'unmounted'), path.join(location, 'gone'));
    await symlink(location, path.join(disk, 'round'));
    await storage.putText('shop/a', 'x');
    await storage.putText('zoo/b', 'x');
    const part = path.join(disk, '.part-c-3b241101-e2bb-4255-8caf-4136c566a962');
    await writeFile(part, 'half');
    const listed = async (prefix: string) => {
      const keys: string[] = [];
      for await (const { key } of storage.list(prefix)) keys.push(key);
      return keys;
    };
    expect(await listed('')).toEqual(['shop/a', 'zoo/b']);
    expect(await listed('shop/a')).toEqual(['shop/a']);
    expect(await storage.discardUnfinished('shop/c', new Date(Date.now() + 1000))).toBe(1);
    await storage.delete('shop/a');
    expect(await readdir(disk)).toEqual(['round']);
  });

  test.skipIf(process.getuid?.() === 0)('a directory that cannot be written is named', async () => {
    const location = path.join(directory, 'readonly');
    await createLocalStorage(location).putText('a', 'x');
    await chmod(location, 0o500);
    const putting = createLocalStorage(location).putText('b', 'x');
    await expect(putting).rejects.toMatchObject({ code: 'directory_not_writable' });
  });
});
