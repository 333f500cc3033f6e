import type { Settings } from './load.ts';

/** Where this host writes, by the words for it; they may be on different disks, or be the same. */
export function writtenDirectories({
  stateDirectory,
  location,
}: Pick<Settings, 'stateDirectory' | 'location'>): Readonly<Record<'state' | 'backups', string>> {
  return { state: stateDirectory, backups: location };
}
