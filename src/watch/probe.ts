import { toBackupError, type BackupError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';

/** A look waits for no destination for long, in milliseconds. */
export const probePatience = 5000;

const text = 'pma-backup looks whether it can write here\n';
// Another process of this host may look at the same time, and delete what we want to read.
const attempts = 3;

/** What is wrong with a destination. */
interface Problem {
  readonly message: string;
  readonly hint: string | null;
  /** null: it does what it is told, but badly. */
  readonly error: BackupError | null;
}

/** Puts, reads and deletes a small object; what is wrong with the destination, null: nothing. */
export async function probe(storage: Storage, hostId: string): Promise<Problem | null> {
  try {
    if (await keepsBytes(storage, `pma-probe-${hostId}`)) return null;
    return {
      message: `destination '${storage.name}' gives back other bytes than it was given`,
      hint: 'do not rely on it',
      error: null,
    };
  } catch (error) {
    const met = toBackupError(error);
    return {
      message: `destination '${storage.name}' cannot be used: ${met.message}`,
      ...{ hint: met.hint ?? null, error: met },
    };
  }
}

async function keepsBytes(storage: Storage, key: string, left = attempts): Promise<boolean> {
  try {
    // One that is there could not be deleted the last time: a bucket that locks would keep one more of each look.
    if (!(await storage.head(key))) await storage.putText(key, text);
    const read = await storage.readText(key);
    await storage.delete(key);
    return read === text;
  } catch (error) {
    if (left <= 1 || toBackupError(error).code !== 'artifact_missing') throw error;
    return keepsBytes(storage, key, left - 1);
  }
}
