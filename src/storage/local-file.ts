import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { asWriteError, hasCode, syncDirectory } from '../system/files.ts';
import { localEntries } from './local-entries.ts';
import type { ByteRange, FetchOptions } from './storage.ts';

/** Marks what is not whole yet; no key begins with a dot. */
const partialMark = '.part-';
const litterAfterMilliseconds = 24 * 3600 * 1000;
const chunkBytes = 1 << 20;

/**
 * Fills a file under a temporary name and renames it: it is seen whole or not at all, and durable afterwards. Throws
 * `disk_full` and `directory_not_writable`, and what `fill` throws.
 */
export async function writeWhole(
  target: string,
  fill: (part: string) => Promise<void>,
): Promise<void> {
  const directory = path.dirname(target);
  const part = path.join(directory, `${partialMark}${path.basename(target)}-${randomUUID()}`);
  try {
    await makeDirectories(directory);
    await removeLitter(directory, path.basename(target));
    await fill(part);
    await chmod(part, 0o600);
    await syncDirectory(part);
    await rename(part, target);
    await syncDirectory(directory);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined); // the first error is the one that matters
    throw asWriteError(target, error);
  }
}

/** Renames a file into its place; false: it lies on another file system. */
export async function move(from: string, to: string): Promise<boolean> {
  await makeDirectories(path.dirname(to));
  await chmod(from, 0o600);
  await syncDirectory(from);
  try {
    await rename(from, to);
  } catch (error) {
    if (hasCode(error, 'EXDEV')) return false;
    throw asWriteError(to, error);
  }
  await syncDirectory(path.dirname(to));
  return true;
}

/** Copies the bytes; where the file system can, it shares them instead and takes no time. */
export async function copyBytes(from: string, to: string, options: FetchOptions): Promise<void> {
  if (await reflink(from, to)) return;
  let bytes = 0;
  const source = createReadStream(from, { highWaterMark: chunkBytes });
  source.on('data', (chunk) => options.onBytes?.((bytes += chunk.length)));
  await pipeline(source, createWriteStream(to, { mode: 0o600 }), signalOf(options));
}

/**
 * A stream that is known to be able to begin. Throws what opening the file throws. Its chunks are small, as Node has
 * them by itself: of larger ones, twenty slow readers hold more than 100 MB, and keep others waiting.
 */
export async function openToRead(file: string, range?: ByteRange): Promise<Readable> {
  const handle = await open(file);
  return handle.createReadStream(range);
}

/** Removes half-written files of keys with this prefix that nobody has touched since; gives how many. */
export async function removeUnfinished(
  location: string,
  prefix: string,
  before: Date,
): Promise<number> {
  let removed = 0;
  for await (const { part, key } of partsBelow(location)) {
    const found = await stat(part).catch(() => undefined);
    if (!key.startsWith(prefix) || !found || found.mtime >= before) continue;
    await rm(part, { force: true });
    removed += 1;
  }
  return removed;
}

async function* partsBelow(
  location: string,
  below = '',
): AsyncGenerator<{ readonly part: string; readonly key: string }> {
  for (const { name, isDirectory } of await localEntries(location, below).catch(() => [])) {
    if (isDirectory) yield* partsBelow(location, path.join(below, name));
    else if (isPartial(name)) {
      const key = path.join(below, name.slice(partialMark.length));
      yield { part: path.join(location, below, name), key };
    }
  }
}

function isPartial(fileName: string): boolean {
  return fileName.startsWith(partialMark);
}

/** Directories that were just made have to survive a power cut, too. */
async function makeDirectories(directory: string): Promise<void> {
  const first = await mkdir(directory, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let made = directory; made.length >= first.length; made = path.dirname(made)) {
    await syncDirectory(path.dirname(made));
  }
}

/** What killed runs left: an earlier attempt at this file, or anything that nobody has touched for a day. */
async function removeLitter(directory: string, fileName: string): Promise<void> {
  const oldest = Date.now() - litterAfterMilliseconds;
  for (const name of await readdir(directory)) {
    if (!isPartial(name)) continue;
    const part = path.join(directory, name);
    const isOurs = name.slice(0, -randomUUID().length) === `${partialMark}${fileName}-`;
    const found = await stat(part).catch(() => undefined);
    if (isOurs || (found && found.mtimeMs < oldest)) await rm(part, { force: true });
  }
}

async function reflink(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    await rm(to, { force: true });
    return false; // most file systems cannot; what else is wrong, the copy meets again
  }
}

function signalOf({ signal }: FetchOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
