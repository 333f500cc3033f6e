import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';

export interface StorageUnderTest {
  readonly storage: Storage;
  /** Changes one byte of a stored object, as a bad disk would. */
  damage(key: string): Promise<void>;
  remove(): Promise<void>;
}

/** What every implementation of `Storage` promises. */
export function storageContract(open: () => Promise<StorageUnderTest>): void {
  let under: StorageUnderTest;
  let storage: Storage;
  let directory: string;
  const content = randomBytes(3_000_000);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const about = { sha256, bytes: content.length };

  beforeAll(async () => {
    under = await open();
    storage = under.storage;
    directory = await mkdtemp(path.join(tmpdir(), 'pma-storage-'));
  });

  afterAll(async () => {
    await under.remove();
    await rm(directory, { recursive: true });
  });

  async function localFile(name = 'source'): Promise<string> {
    const file = path.join(directory, name);
    await writeFile(file, content);
    return file;
  }

  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { key } of storage.list(prefix)) found.push(key);
    return found;
  }

  test('what was put is there, whole and unchanged', async () => {
    const seen: number[] = [];
    const onBytes = (bytes: number) => seen.push(bytes);
    const stored = await storage.put(await localFile(), 'put/a.tar.zst', { ...about, onBytes });
    expect(stored).toMatchObject({
      key: 'put/a.tar.zst',
      uri: storage.uri('put/a.tar.zst'),
      bytes: content.length,
    });
    expect(await storage.head('put/a.tar.zst')).toEqual(stored);
    expect((await buffer(await storage.read('put/a.tar.zst'))).equals(content)).toBe(true);
    expect(await storage.check('put/a.tar.zst', sha256)).toBe('good');
    expect(seen.at(-1)).toBe(content.length);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  test('a range of it can be read', async () => {
    await storage.put(await localFile(), 'range/a', about);
    const last = content.length - 1;
    for (const [start, end] of [
      [0, 0],
      [5, 1_500_000],
      [last - 9, last],
    ] as const) {
      const got = await buffer(await storage.read('range/a', { start, end }));
      expect(got.equals(content.subarray(start, end + 1))).toBe(true);
    }
  });

  test('a put may be repeated and leaves the local file alone', async () => {
    const file = await localFile();
    await storage.put(file, 'again/a', about);
    await storage.put(file, 'again/a', about);
    expect(await keys('again/')).toEqual(['again/a']);
    expect((await readFile(file)).equals(content)).toBe(true);
  });

  test('a put that consumes its file may be repeated after it was done', async () => {
    const file = await localFile('consumed');
    await storage.put(file, 'consume/a', { ...about, consume: true });
    await expect(access(file)).rejects.toThrow('ENOENT');
    await storage.put(file, 'consume/a', { ...about, consume: true });
    expect(await storage.check('consume/a', sha256)).toBe('good');
  });

  test('bytes that are not those of the checksum are refused and leave nothing', async () => {
    const wrong = { ...about, sha256: '0'.repeat(64) };
    const putting = storage.put(await localFile(), 'wrong/a', wrong);
    await expect(putting).rejects.toMatchObject({ code: 'artifact_corrupted' });
    expect(await storage.head('wrong/a')).toBeUndefined();
    expect(await keys('wrong/')).toEqual([]);
  });

  test('an aborted put leaves nothing and throws the reason', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(storage.put(await localFile(), 'abort/a', { ...about, signal })).rejects.toBe(
      reason,
    );
    expect(await keys('abort/')).toEqual([]);
  });

  test('a text is stored and replaced', async () => {
    await storage.putText('text/a.json', '{"名":1}');
    await storage.putText('text/a.json', '{"名":2}');
    expect(await storage.readText('text/a.json')).toBe('{"名":2}');
    expect((await storage.head('text/a.json'))?.bytes).toBe(Buffer.byteLength('{"名":2}'));
  });

  test('a fetched object is the one that was put', async () => {
    await storage.put(await localFile(), 'fetch/a', about);
    const target = path.join(directory, 'below', 'fetched');
    await storage.fetch('fetch/a', target);
    expect((await readFile(target)).equals(content)).toBe(true);
  });

  test('lists by prefix in the order of the keys', async () => {
    for (const key of ['list/b', 'list/a/x', 'list/a', 'list/a-b', 'list-other/c', 'list/ü']) {
      if (key !== 'list/a') await storage.putText(key, key);
    }
    expect(await keys('list/')).toEqual(['list/a-b', 'list/a/x', 'list/b', 'list/ü']);
    expect(await keys('list')).toHaveLength(5);
    expect(await keys('list/a/')).toEqual(['list/a/x']);
    expect(await keys('nothing/here')).toEqual([]);
    for await (const { bytes, modified } of storage.list('list/b')) {
      expect(bytes).toBe(6);
      expect(Math.abs(modified.getTime() - Date.now())).toBeLessThan(3_600_000);
    }
  });

  test('deleting twice is fine, and what is deleted is missing', async () => {
    await storage.putText('delete/a', 'x');
    for (let times = 0; times < 2; times++) {
      expect(await storage.delete('delete/a')).toEqual({ state: 'deleted' });
    }
    expect(await storage.delete('delete/none/below')).toEqual({ state: 'deleted' });
    expect(await storage.head('delete/a')).toBeUndefined();
    expect(await storage.check('delete/a', sha256)).toBe('missing');
    await expect(storage.read('delete/a')).rejects.toMatchObject({ code: 'artifact_missing' });
    await expect(storage.readText('delete/a')).rejects.toMatchObject({ code: 'artifact_missing' });
    const fetching = storage.fetch('delete/a', path.join(directory, 'none'));
    await expect(fetching).rejects.toMatchObject({ code: 'artifact_missing' });
  });

  test('one changed byte is found', async () => {
    await storage.put(await localFile(), 'damage/a', about);
    await under.damage('damage/a');
    expect(await storage.check('damage/a', sha256)).toBe('damaged');
    await storage.put(await localFile(), 'damage/a', { ...about, replace: true });
    expect(await storage.check('damage/a', sha256)).toBe('good');
  });

  test('a glance sees size and absence', async () => {
    const { checksum } = await storage.put(await localFile(), 'glance/a', about);
    const expected = { ...about, ...(checksum === undefined ? {} : { checksum }) };
    expect(await storage.glance('glance/a', expected)).toBe('good');
    expect(await storage.glance('glance/a', { ...expected, bytes: 1 })).toBe('damaged');
    expect(await storage.glance('glance/b', expected)).toBe('missing');
  });

  test('there is nothing unfinished to discard after a put', async () => {
    await storage.put(await localFile(), 'finished/a', about);
    expect(await storage.discardUnfinished('finished/', new Date())).toBe(0);
  });

  test.each(['../a', '/a', 'a/../b', 'a//b', 'a/.b', '', 'a/', 'a\0b', 'a\\b'])(
    'no key leads out of the destination: %j',
    async (key) => {
      await expect(async () => storage.putText(key, 'x')).rejects.toMatchObject({
        code: 'internal',
      });
      expect(() => storage.uri(key)).toThrow('is no key');
    },
  );
}
