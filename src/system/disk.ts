import { access, constants, statfs } from 'node:fs/promises';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import { hasCode } from './files.ts';

/** How many bytes we may still write below a path (which need not exist yet). */
export async function freeBytes(target: string): Promise<number> {
  for (let place = path.resolve(target); ; place = path.dirname(place)) {
    try {
      const { bavail, bsize } = await statfs(place);
      return bavail * bsize;
    } catch (error) {
      if (!hasCode(error, 'ENOENT') || place === path.dirname(place)) throw error;
    }
  }
}

/** Throws `disk_too_small` unless that many bytes are free; `what` says for what: "the backup of 'shop'". */
export async function requireFreeBytes(
  target: string,
  needed: number,
  what: string,
): Promise<void> {
  const free = await freeBytes(target);
  if (free >= needed) return;
  throw new BackupError(
    'disk_too_small',
    `${what} needs ${inGigabytes(needed)}, '${target}' has ${inGigabytes(free)} free`,
    { hint: 'free some space or use a directory on a larger disk' },
  );
}

/** Throws `directory_not_writable` unless we may write into this existing directory. */
export async function requireWritable(directory: string): Promise<void> {
  try {
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new BackupError('directory_not_writable', `'${directory}' cannot be written`, {
      hint: hasCode(error, 'ENOENT') ? 'make it' : 'may this user write into it?',
      cause: error,
    });
  }
}

function inGigabytes(bytes: number): string {
  return bytes < 1e8 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}
