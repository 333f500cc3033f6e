import { randomBytes } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unlessMissing, writeFileDurably } from './files.ts';

/** The name of this host's disk: kept in the directory of the work files, so that a restarted worker finds its work again. */
export async function hostIdOf(directory: string): Promise<string> {
  const file = join(directory, 'host-id');
  const known = await unlessMissing(readFile(file, 'utf8'));
  if (known !== undefined) return known.trim();
  const id = randomBytes(6).toString('hex');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFileDurably(file, `${id}\n`);
  return id;
}
