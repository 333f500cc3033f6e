import { randomUUID } from 'node:crypto';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes } from '../../domain/format.ts';
import { words } from '../../domain/words.ts';
import { failed, ok, warning, type Finding } from './check.ts';

// The dump, its sealed file, and the restored database where the scratch server lies on the same disk.
const spaceFactor = 3;

/** Whether we can write there; the directory is made when it is missing. */
export async function checkWritable(directory: string): Promise<Finding> {
  const probe = path.join(directory, `.doctor-${randomUUID()}`);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'pma-backup doctor\n', { mode: 0o600 });
    return ok(words('directory.writable', { directory }));
  } catch (error) {
    const message =
      error instanceof Error && 'code' in error
        ? words('directory.notWritableFor', { directory, why: String(error.code) })
        : words('directory.notWritable', { directory });
    const user = process.getuid?.() ?? '?';
    return failed(message, words('directory.notWritable.hint', { user }));
  } finally {
    await rm(probe, { force: true }).catch(() => undefined); // it cannot be there if it could not be written
  }
}

/** Whether a backup of the biggest database fits; databases that could not be asked are not in `databaseBytes`. */
export async function checkFreeSpace(
  directory: string,
  databaseBytes: readonly number[],
): Promise<Finding> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const needed = Math.max(0, ...databaseBytes) * spaceFactor;
  const fact = words('space.free', {
    directory,
    ...{ free: formatBytes(free), needed: formatBytes(needed) },
  });
  if (free < needed) return failed(fact, words('space.small.hint'));
  if (free < needed * 2) return warning(fact, words('space.soon.hint'));
  return ok(fact);
}
