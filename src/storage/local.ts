import { lstat, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import { asWriteError, hasCode, syncDirectory, unlessMissing } from '../system/files.ts';
import { sha256Of } from '../system/sha256.ts';
import { checkKey } from './key.ts';
import { localEntries } from './local-entries.ts';
import { copyBytes, move, openToRead, removeUnfinished, writeWhole } from './local-file.ts';
import type { FetchOptions, ListedObject, PutOptions, Storage, StoredObject } from './storage.ts';

/**
 * The destination that is a directory of this host, `<location>/<database>/<file>`: directories of mode 700, files of
 * mode 600. The directory itself is made when the first object is stored.
 */
export function createLocalStorage(location: string, name = 'local'): Storage {
  const at = (key: string): string => {
    checkKey(key);
    return path.join(location, key);
  };
  const stored = (key: string, bytes: number): StoredObject => ({ key, uri: at(key), bytes });
  return {
    name,
    kind: 'local',
    uri: at,
    async put(localFile, key, options) {
      await bring(localFile, at(key), options);
      return stored(key, options.bytes);
    },
    async putText(key, text) {
      const bytes = Buffer.from(text);
      await writeWhole(at(key), (part) => writeFile(part, bytes, { mode: 0o600 }));
      return stored(key, bytes.length);
    },
    async head(key) {
      const found = await entryAt(at(key));
      return found?.isFile() ? stored(key, found.size) : undefined;
    },
    read: (key, range) => orMissing(key, openToRead(at(key), range)),
    readText: (key) => orMissing(key, readFile(at(key), 'utf8')),
    async fetch(key, localFile, options = {}) {
      if (!(await entryAt(at(key)))) throw artifactMissing(key);
      await writeWhole(localFile, (part) => copyBytes(at(key), part, options));
    },
    list: (prefix) => listAll(location, prefix),
    lock: () => Promise.resolve(undefined),
    async delete(key) {
      await deleteDurably(at(key));
      return { state: 'deleted' };
    },
    async check(key, sha256, options = {}) {
      const found = await unlessMissing(sha256Of(at(key), options)).catch((error: unknown) => {
        throw asReadError(at(key), error);
      });
      if (found === undefined) return 'missing';
      return found === sha256 ? 'good' : 'damaged';
    },
    async glance(key, { bytes }) {
      const found = await entryAt(at(key));
      if (!found?.isFile()) return 'missing';
      return found.size === bytes ? 'good' : 'damaged';
    },
    discardUnfinished: (prefix, before) => removeUnfinished(location, prefix, before),
  };
}

async function bring(localFile: string, target: string, options: PutOptions): Promise<void> {
  options.signal?.throwIfAborted();
  if (options.consume && (await wasMovedBefore(localFile, target, options))) return;
  await checkSize(localFile, options);
  // A file that is moved keeps its bytes: there is no copy that would have to be read again.
  if (options.consume && (await move(localFile, target))) return options.onBytes?.(options.bytes);
  await writeWhole(target, async (part) => {
    await copyBytes(localFile, part, options);
    await checkBytes(part, options);
  });
  options.onBytes?.(options.bytes);
  if (options.consume) await rm(localFile, { force: true });
}

/** A run that was killed after the move is tried again, and the file is already where it belongs. */
async function wasMovedBefore(localFile: string, target: string, options: PutOptions) {
  if (await entryAt(localFile)) return false;
  return (await unlessMissing(sha256Of(target, signalOnly(options)))) === options.sha256;
}

async function checkSize(localFile: string, { bytes }: PutOptions): Promise<void> {
  const found = await entryAt(localFile);
  if (!found) throw artifactMissing(localFile);
  if (found.size !== bytes) throw corrupted(localFile, `${bytes} bytes`, `${found.size}`);
}

async function checkBytes(part: string, options: PutOptions): Promise<void> {
  const found = await sha256Of(part, signalOnly(options));
  if (found !== options.sha256) throw corrupted(part, `sha256 ${options.sha256}`, found);
}

function signalOnly({ signal }: FetchOptions): FetchOptions {
  return signal === undefined ? {} : { signal };
}

async function deleteDurably(file: string): Promise<void> {
  try {
    await rm(file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR')) throw asWriteError(file, error);
  }
}

/** Depth first in the order of the keys; files that vanish meanwhile are left out. */
async function* listAll(
  location: string,
  prefix: string,
  below = '',
): AsyncGenerator<ListedObject> {
  for (const { key, isDirectory } of await keysBelow(location, below, prefix)) {
    if (isDirectory) {
      yield* listAll(location, prefix, key);
      continue;
    }
    const found = await entryAt(path.join(location, key));
    if (found) yield { key, bytes: found.size, modified: found.mtime };
  }
}

/** What is whole (no name begins with a dot) and may begin with the prefix, a directory as the prefix of its keys. */
async function keysBelow(location: string, below: string, prefix: string) {
  return (await localEntries(location, below))
    .filter(({ name }) => !name.startsWith('.'))
    .map(({ name, isDirectory }) => ({
      key: `${below}${name}${isDirectory ? '/' : ''}`,
      isDirectory,
    }))
    .filter(({ key, isDirectory }) => {
      return key.startsWith(prefix) || (isDirectory && prefix.startsWith(key));
    })
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

async function entryAt(file: string) {
  return unlessMissing(lstat(file));
}

async function orMissing<T>(key: string, reading: Promise<T>): Promise<T> {
  const found = await unlessMissing(reading);
  if (found === undefined) throw artifactMissing(key);
  return found;
}

/** A disk that does not give a file's bytes today may do so tomorrow: whether they are good cannot be told. */
function asReadError(file: string, error: unknown): unknown {
  const code = ['EIO', 'EACCES', 'EPERM'].find((each) => hasCode(error, each));
  if (code === undefined) return error;
  return new BackupError('storage_refused', `'${file}' cannot be read (${code})`, {
    hint: 'look at the disk, and whether this user may read the file',
    cause: error,
  });
}

function artifactMissing(key: string): BackupError {
  return new BackupError('artifact_missing', `'${key}' is not there`, {
    hint: 'was it moved or deleted by hand? use another copy, or make a new backup',
  });
}

function corrupted(file: string, expected: string, got: string): BackupError {
  return new BackupError('artifact_corrupted', `'${file}' should have ${expected}, has ${got}`, {
    hint: 'check the disk and its controller; the file that arrived was not kept',
  });
}
