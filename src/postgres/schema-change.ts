import { readFile } from 'node:fs/promises';
import { BackupError } from '../errors.ts';

const message = 'the schema was changed while it was being read';

/**
 * Throws when two readings of the schema differ: what the dump holds may then be a third one, which was there between
 * them. A snapshot does not help: PostgreSQL tells the arguments of functions, the names in views and the like as they are now.
 */
export async function requireSameSchema(before: string, after: string): Promise<void> {
  const [first, second] = await Promise.all([read(before), read(after)]);
  if (first === second) return;
  throw new BackupError('lock_conflict', message, { hint: 'back up when no migration runs' });
}

/** Whether an attempt was given up for that. */
export function isSchemaChange(error: unknown): boolean {
  return error instanceof BackupError && error.message === message;
}

/** Without the key that every reading has for itself. */
async function read(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).replace(/^\\(un)?restrict \w+$/gm, '');
}
