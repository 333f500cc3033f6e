import { join } from 'node:path';
import { versionsIn } from '../src/catalog/versions-in.ts';
import { requireKey } from '../src/artifact/encryption.ts';
import { openSealedFiles } from '../src/artifact/open.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { restoredFiles, type Manifest } from '../src/domain/manifest.ts';
import { BackupError } from '../src/errors.ts';
import { requireFreeBytes } from '../src/system/disk.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun, type Report } from './reporting.ts';
import { makeWorkspace, workspaceOf } from './workspace.ts';

/** Which copy of a backup is read, and in which workspace it is unpacked. */
export interface CopyToOpen {
  readonly backup: string;
  readonly database: string;
  readonly destination: string;
  readonly workspace: string;
}

/** Fetches a copy into a new workspace, checks and unpacks it; returns the dump's directory. Throws `key_missing` first. */
export async function fetchAndOpen(
  deps: Dependencies,
  { backup, database, destination, workspace }: CopyToOpen,
  report: Report,
): Promise<string> {
  const { signal } = report;
  const manifest = await requireManifest(deps, backup);
  const { encryption: keys } = deps.settings();
  requireKey(keys, manifest.artifact.readers);
  const { root } = workspaceOf(deps.settings(), workspace);
  await makeWorkspace(root, currentRun());
  await requireFreeBytes(root, spaceFor(manifest), `unpacking '${backup}'`);
  const versions = await versionsIn(deps, { backup, destination });
  for (const { file, bytes: totalBytes } of restoredFiles(manifest)) {
    const step = `fetching '${file}' from ${destination}`;
    report({ step, bytes: 0, totalBytes });
    await deps.storage(destination).fetch(storageKey(database, file), join(root, file), {
      ...{ signal, versionId: versions[file] },
      onBytes: (bytes) => report({ step, bytes, totalBytes }),
    });
  }
  report({ step: 'unpacking', bytes: 0, totalBytes: null });
  return openSealedFiles({ manifest, directory: root, keys, signal });
}

/** The directory that `fetchAndOpen` made. */
export function openedDirectory(
  { settings }: Dependencies,
  { workspace, backup }: Pick<CopyToOpen, 'workspace' | 'backup'>,
): string {
  return join(workspaceOf(settings(), workspace).root, backup);
}

/** Throws `not_found`. */
export async function requireManifest(
  { catalog }: Pick<Dependencies, 'catalog'>,
  id: string,
): Promise<Manifest> {
  const manifest = await catalog.manifest(id);
  if (manifest) return manifest;
  throw new BackupError('not_found', `there is no backup '${id}'`, { hint: 'pma-backup list' });
}

function spaceFor(manifest: Manifest): number {
  const stored = restoredFiles(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
  return stored + manifest.dumpBytes;
}
