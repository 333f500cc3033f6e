import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { unlessMissing } from '../system/files.ts';

export interface LocalEntry {
  readonly name: string;
  readonly isDirectory: boolean;
}

/**
 * The files and directories below `<location>/<below>`; none where nothing is. The directory of a database may be a link
 * to another disk; links further down are not followed: they could lead round in a circle.
 */
export async function localEntries(location: string, below: string): Promise<LocalEntry[]> {
  const directory = path.join(location, below);
  const found = (await unlessMissing(readdir(directory, { withFileTypes: true }))) ?? [];
  const entries: LocalEntry[] = [];
  for (const entry of found) {
    const { name } = entry;
    const isLink = below === '' && entry.isSymbolicLink();
    const isDirectory = isLink ? await leadsToDirectory(directory, name) : entry.isDirectory();
    if (isDirectory || entry.isFile()) entries.push({ name, isDirectory });
  }
  return entries;
}

/** One whose disk is not there leads nowhere. */
async function leadsToDirectory(directory: string, name: string): Promise<boolean> {
  const found = await stat(path.join(directory, name)).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
