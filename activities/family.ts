import { join } from 'node:path';
import { BackupError } from '../src/errors.ts';
import type { Dependencies } from './dependencies.ts';
import { fetchAndOpen, openedDirectory, requireManifest } from './fetch.ts';
import { holdBackup } from './hold-backup.ts';
import type { Report } from './reporting.ts';

/**
 * Fetches the other one of a full and its incremental and unpacks it inside of a workspace, with which it is removed; returns
 * the dump's directory.
 */
export async function openOther(
  deps: Dependencies,
  backup: string,
  workspace: string,
  report: Report,
): Promise<string> {
  await holdBackup(deps, backup);
  const { database } = await requireManifest(deps, backup);
  const destination = await readableCopy(deps, backup);
  const place = placeOf(workspace);
  return fetchAndOpen(deps, { backup, database, destination, workspace: place }, report);
}

/** The directory that `openOther` made. */
export function otherDirectory(deps: Dependencies, backup: string, workspace: string): string {
  return openedDirectory(deps, { backup, workspace: placeOf(workspace) });
}

function placeOf(workspace: string): string {
  return join(workspace, 'other');
}

/** A destination whose copy of a backup this host can read, its own disk first. Throws `artifact_missing`. */
export async function readableCopy(
  { catalog, hostId }: Dependencies,
  backup: string,
): Promise<string> {
  const good = (await catalog.copies(backup)).filter(
    ({ state, host }) => (state === 'good' || state === 'locked') && (host ?? hostId) === hostId,
  );
  const copy = good.find(({ host }) => host !== null) ?? good[0];
  if (copy) return copy.destination;
  throw new BackupError('artifact_missing', `backup '${backup}' has no good copy on this host`, {
    hint: `pma-backup check ${backup}`,
  });
}
