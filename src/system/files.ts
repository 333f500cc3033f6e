import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chown, lstat, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import type { OsUser } from './os-user.ts';

/** Writes a file so that after a crash there is the old one or the whole new one. */
export async function writeFileDurably(
  file: string,
  content: string | Uint8Array,
  mode = 0o600,
): Promise<void> {
  const temporary = path.join(path.dirname(file), `.${randomUUID()}.part`);
  try {
    await writeAndSync(temporary, content, mode);
    await rename(temporary, file);
    await syncDirectory(path.dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw asWriteError(file, error);
  }
}

/** Renames what was fully written so that neither its bytes nor its new name are lost by a crash. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await syncDirectory(from);
  await rename(from, to);
  await syncDirectory(path.dirname(to));
  if (path.dirname(from) !== path.dirname(to)) await syncDirectory(path.dirname(from));
}

/** Removes a file or a directory with all that is in it; nothing there is fine. */
export async function removeTree(target: string): Promise<void> {
  await rm(target, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** How many bytes and files are below a path now; files that vanish meanwhile are not counted. */
export async function directoryUsage(target: string): Promise<{ bytes: number; files: number }> {
  const entry = await unlessMissing(lstat(target));
  if (!entry) return { bytes: 0, files: 0 };
  if (!entry.isDirectory()) return { bytes: entry.size, files: 1 };
  const usage = { bytes: 0, files: 0 };
  for (const name of (await unlessMissing(readdir(target))) ?? []) {
    const below = await directoryUsage(path.join(target, name));
    usage.bytes += below.bytes;
    usage.files += below.files;
  }
  return usage;
}

/**
 * Makes a directory that only its owner can enter (owner null: ourselves), with its parents. An existing one must be
 * a real directory of that owner or ours, else `start_failed`: somebody else may have laid it there.
 */
export async function ensurePrivateDirectory(
  directory: string,
  owner: OsUser | null = null,
): Promise<void> {
  const us = process.getuid?.() ?? 0;
  const uid = owner?.uid ?? us;
  await mkdir(path.dirname(directory), { recursive: true });
  await mkdir(directory, { mode: 0o700 }).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw asWriteError(directory, error);
  });
  const found = await lstat(directory);
  const trusted = found.uid === uid || found.uid === us;
  if (!found.isDirectory() || !trusted) {
    throw new BackupError(
      'start_failed',
      `'${directory}' is not a directory of user id ${uid}, but belongs to ${found.uid}`,
      { hint: 'look what it is and remove it' },
    );
  }
  await makePrivate(directory, owner);
}

// Through a handle that refuses links: the entry may be swapped between a look at it and the change.
async function makePrivate(directory: string, owner: OsUser | null): Promise<void> {
  const handle = await open(directory, constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    if (owner) await handle.chown(owner.uid, owner.gid);
    await handle.chmod(0o700);
  } finally {
    await handle.close();
  }
}

/** Gives a file or directory (not what is in it) to a user; null: leaves it ours. */
export async function giveTo(target: string, owner: OsUser | null): Promise<void> {
  if (owner) await chown(target, owner.uid, owner.gid);
}

/** Whether this is a system error with that code, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** What reading gives; undefined where nothing is (below a file, too, there is nothing). */
export async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return undefined;
    throw error;
  }
}

async function writeAndSync(
  file: string,
  content: string | Uint8Array,
  mode: number,
): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the names in a directory (or the bytes of a file) survive a power cut. */
export async function syncDirectory(target: string): Promise<void> {
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A failure to write as `disk_full` or `directory_not_writable`; what else it may be stays what it is. */
export function asWriteError(target: string, error: unknown): unknown {
  if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) {
    return new BackupError('disk_full', `no space left for '${target}'`, {
      hint: 'free some space or move the directory',
      cause: error,
    });
  }
  if (hasCode(error, 'EACCES') || hasCode(error, 'EPERM') || hasCode(error, 'EROFS')) {
    return new BackupError('directory_not_writable', `'${target}' cannot be written`, {
      hint: 'may this user write into that directory?',
      cause: error,
    });
  }
  if (hasCode(error, 'ENOTDIR') || hasCode(error, 'EEXIST')) {
    return new BackupError('directory_not_writable', `'${path.dirname(target)}' is no directory`, {
      hint: 'a file is where a directory should be: move it away',
      cause: error,
    });
  }
  if (hasCode(error, 'EISDIR')) {
    return new BackupError('directory_not_writable', `'${target}' is a directory`, {
      hint: 'name a file in it',
      cause: error,
    });
  }
  return error;
}
