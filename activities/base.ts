import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { versionsIn } from '../src/catalog/versions-in.ts';
import { hasKey, requireKey } from '../src/artifact/encryption.ts';
import { openSealedFile } from '../src/artifact/open.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import type { Manifest, StoredFile } from '../src/domain/manifest.ts';
import type { Run, Target } from '../src/domain/run.ts';
import { BackupError, toBackupError } from '../src/errors.ts';
import { openBase, type Base } from '../src/postgres/incremental/base-file.ts';
import { copyKeptBase, keptFullPlace } from '../src/postgres/kept-full.ts';
import type { Dependencies } from './dependencies.ts';
import { readableCopy } from './family.ts';
import { requireManifest } from './fetch.ts';
import { holdBackup } from './hold-backup.ts';
import type { Report } from './reporting.ts';
import { workspaceOf } from './workspace.ts';

/**
 * The base of the newest proven full of a series, unpacked into the run's workspace; the full is held. Throws `needs_full`
 * with the reason where no incremental can follow.
 */
export async function openNewestBase(
  deps: Dependencies,
  run: Run,
  { signal }: Report,
): Promise<Base> {
  const manifest = await newestFull(deps, run);
  const { id, artifact, baseFile } = manifest;
  if (!baseFile) throw needsFull(`full '${id}' was made without a base for incrementals`);
  await holdBackup(deps, id);
  const destination = await readableCopy(deps, id).catch(asNeedsFull);
  const { root } = workspaceOf(deps.settings(), run.id);
  const { encryption: keys, stateDirectory } = deps.settings();
  const into = join(root, `${id}.base.json`);
  const place = keptFullPlace(stateDirectory, run.database);
  // Who holds the public key alone has it from the time before it was sealed, or not at all.
  const isHere =
    !hasKey(keys, artifact.readers ?? []) && (await copyKeptBase({ place, backup: id }, into));
  if (isHere) return openBase(into);
  try {
    requireKey(keys, artifact.readers);
    await fetchFile(deps, { manifest, destination, file: baseFile, root, signal });
    await openSealedFile({ manifest, directory: root, keys, signal }, baseFile, into);
    return await openBase(into);
  } catch (error) {
    signal.throwIfAborted();
    return asNeedsFull(error);
  } finally {
    await rm(join(root, basename(baseFile.file)), { force: true });
  }
}

async function newestFull(deps: Dependencies, { database, module }: Target): Promise<Manifest> {
  const found = await deps.catalog.newest({ database, module, kind: 'full', states: ['proven'] });
  if (!found) throw needsFull('there is no proven full backup to follow');
  return requireManifest(deps, found.id);
}

async function fetchFile(
  deps: Dependencies,
  options: {
    readonly manifest: Manifest;
    readonly destination: string;
    readonly file: StoredFile;
    readonly root: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { manifest, destination, file, root, signal } = options;
  const key = storageKey(manifest.database, file.file);
  const versions = await versionsIn(deps, { backup: manifest.id, destination });
  const versionId = versions[file.file];
  const onBytes = (): void => undefined; // it is small
  await deps.storage(destination).fetch(key, join(root, file.file), { signal, onBytes, versionId });
}

// What a retry may mend is not worth a full.
function asNeedsFull(thrown: unknown): never {
  const error = toBackupError(thrown);
  if (error.retryable) throw error;
  throw new BackupError('needs_full', `its full cannot be read: ${error.message}`, {
    cause: error,
  });
}

function needsFull(reason: string): BackupError {
  return new BackupError('needs_full', reason);
}
