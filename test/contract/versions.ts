import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Storage } from '../../src/storage/storage.ts';
import { removeTree } from '../../src/system/files.ts';
import { sha256Of } from '../../src/system/sha256.ts';

export interface VersionedStorage {
  readonly storage: Storage;
  /** In a bucket that began to keep versions only after `key` was put there by `putBefore`. */
  readonly begunLater: Storage;
  putBefore(put: (storage: Storage) => Promise<void>): Promise<void>;
  /** Deletes an object as somebody does who names no version. */
  hide(key: string): Promise<void>;
  /** How many versions are left in the bucket of `storage`, and in that of `begunLater`. */
  versions(which: 'storage' | 'begunLater'): Promise<number>;
}

/** What every cloud promises of a bucket that keeps versions. */
export function versionContract(open: () => Promise<VersionedStorage>): void {
  let under: VersionedStorage;
  let storage: Storage;
  let directory: string;
  let file: string;
  const about = { bytes: 6_000_000, sha256: '' };

  beforeAll(async () => {
    under = await open();
    storage = under.storage;
    directory = await mkdtemp(path.join(tmpdir(), 'pma-versions-'));
    file = path.join(directory, 'artifact');
    await writeFile(file, randomBytes(about.bytes));
    about.sha256 = await sha256Of(file);
  });

  afterAll(() => removeTree(directory));

  test('what was put has an id, sent in one piece or in parts', async () => {
    const whole = await storage.putText('ids/text', 'a');
    const parted = await storage.put(file, 'ids/parted', about);
    for (const { key, versionId } of [whole, parted]) {
      expect(versionId).toBeDefined();
      expect((await storage.head(key))?.versionId).toBe(versionId);
    }
  });

  test('who names its version reads what was put, whatever was done to the key since', async () => {
    const { versionId } = await storage.put(file, 'read/a', about);
    const target = path.join(directory, 'fetched');
    const change = [() => storage.putText('read/a', 'changed'), () => under.hide('read/a')];
    for (const happen of change) {
      await happen();
      expect(await storage.check('read/a', about.sha256)).not.toBe('good');
      expect(await storage.glance('read/a', about)).not.toBe('good');
      expect(await storage.check('read/a', about.sha256, { versionId })).toBe('good');
      expect(await storage.glance('read/a', { ...about, versionId })).toBe('good');
      await storage.fetch('read/a', target, { versionId });
      expect(await sha256Of(target)).toBe(about.sha256);
    }
  });

  test('a version that is not there gives the newest one: a bucket that was moved has other ids', async () => {
    const { versionId: other } = await storage.putText('moved/a', 'old');
    await storage.put(file, 'moved/b', about);
    for (const versionId of [other, 'no-id-of-this-server']) {
      expect(await storage.check('moved/b', about.sha256, { versionId })).toBe('good');
      expect(await storage.glance('moved/b', { ...about, versionId })).toBe('good');
    }
    await storage.putText('moved/c', 'new');
    expect(await text(await storage.read('moved/c', undefined, { versionId: other }))).toBe('new');
    await storage.delete('moved/c');
    const reading = storage.read('moved/c', undefined, { versionId: other });
    await expect(reading).rejects.toMatchObject({ code: 'artifact_missing' });
  });

  test('deleting leaves nothing to pay for, also of what somebody had hidden', async () => {
    const before = await under.versions('storage');
    const first = await storage.putText('gone/a', '1');
    await storage.putText('gone/a', '2');
    await under.hide('gone/a');
    expect(await under.versions('storage')).toBe(before + 3);
    expect(await storage.delete('gone/a', first)).toEqual({ state: 'deleted' });
    expect(await under.versions('storage')).toBe(before);
    expect(await storage.delete('gone/a', first)).toEqual({ state: 'deleted' });
  });

  test('what lay there before the bucket kept versions has no id, is read, replaced and deleted', async () => {
    const { begunLater } = under;
    await under.putBefore(async (early) => {
      expect((await early.put(file, 'early/a', about)).versionId).toBeUndefined();
      await early.putText('early/b', 'b');
    });
    expect((await begunLater.head('early/a'))?.versionId).toBeUndefined();
    expect(await begunLater.check('early/a', about.sha256)).toBe('good');
    expect((await begunLater.putText('early/b', 'c')).versionId).toBeDefined();
    for (const key of ['early/a', 'early/b']) {
      expect(await begunLater.delete(key)).toEqual({ state: 'deleted' });
    }
    expect(await under.versions('begunLater')).toBe(0);
  });
}
