import type { FileVersions } from '../domain/file-versions.ts';
import type { Catalog } from './catalog.ts';

/** Which version of each file a destination's copy of a backup is, as far as it is known. */
export async function versionsIn(
  { catalog }: { readonly catalog: Pick<Catalog, 'copies'> },
  { backup, destination }: { readonly backup: string; readonly destination: string },
): Promise<FileVersions> {
  // Only clouds keep versions, and a cloud has one copy of a backup.
  const copies = await catalog.copies(backup);
  return copies.find((copy) => copy.destination === destination)?.versions ?? {};
}
