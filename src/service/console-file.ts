import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../config.ts';
import { BackupError } from '../errors.ts';
import { ensurePrivateDirectory, hasCode, writeFileDurably } from '../system/files.ts';
import { tryLock } from '../system/lock.ts';

type Place = Pick<Settings, 'stateDirectory'>;

/**
 * Says where the console of this state directory is, for as long as our process lives or until the returned function
 * is called. Throws `conflict` where there is one already.
 */
export async function announceConsole(settings: Place, url: string): Promise<() => Promise<void>> {
  const { file, lockFile } = await filesOf(settings);
  const lock = tryLock(lockFile);
  if (!lock) {
    throw new BackupError('conflict', 'a console already runs on this state directory', {
      hint: `'pma-backup status' says where`,
    });
  }
  await writeFileDurably(file, `${JSON.stringify({ url })}\n`);
  return async () => {
    await rm(file, { force: true });
    lock.release();
  };
}

/** The URL of the running console; null where there is none. */
export async function consoleUrl(settings: Place): Promise<string | null> {
  const { file, lockFile } = await filesOf(settings);
  const lock = tryLock(lockFile);
  lock?.release();
  if (lock) return null; // what a killed process left there is not true any more
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { url: string }).url;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null; // it is just starting
    throw error;
  }
}

async function filesOf({ stateDirectory }: Place): Promise<{ file: string; lockFile: string }> {
  const directory = path.join(stateDirectory, 'run');
  await ensurePrivateDirectory(directory);
  return {
    file: path.join(directory, 'console.json'),
    lockFile: path.join(directory, 'console.lock'),
  };
}
