import type { Readable } from 'node:stream';
import { versionsIn } from '../catalog/versions-in.ts';
import { storageKey } from '../domain/backup-name.ts';
import { isUsable } from '../domain/backup.ts';
import type { FileVersions } from '../domain/file-versions.ts';
import type { StoredFile } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import type { ByteRange, Storage } from '../storage/storage.ts';
import { hostIdOf } from '../system/host-id.ts';
import type { World } from './world.ts';

type Copies = Pick<World, 'catalog' | 'settings'> & {
  readonly storage: (destination: string) => Storage;
};

export interface DownloadRequest {
  readonly backup: string;
  /** Which copy; any that can be read from here when left out. */
  readonly destination?: string;
}

/** An artifact as it is stored. */
export interface Download extends StoredFile {
  readonly destination: string;
  /** Of all the files of that copy. */
  readonly versions: FileVersions;
  /** Its bytes, flowing from where it lies. Throws `artifact_missing`. */
  read(range?: ByteRange): Promise<Readable>;
}

/** Finds a good copy of a backup's artifact that this host can read. Throws `not_found`, `conflict`. */
export async function openDownload(from: Copies, request: DownloadRequest): Promise<Download> {
  const { catalog, storage } = from;
  const { backup } = request;
  const manifest = await catalog.manifest(backup);
  if (!manifest) throw noArtifact(backup);
  const { file, bytes, sha256 } = manifest.artifact;
  const destination = await destinationOf(from, request);
  const key = storageKey(manifest.database, file);
  const versions = await versionsIn(from, { backup, destination });
  const versionId = versions[file];
  return {
    ...{ file, bytes, sha256, destination, versions },
    read: (range) => storage(destination).read(key, range, { versionId }),
  };
}

/** A copy on this host's disk costs nothing; one in a cloud comes second. */
async function destinationOf(
  { catalog, settings }: Copies,
  { backup, destination }: DownloadRequest,
): Promise<string> {
  const here = await hostIdOf(settings.stateDirectory);
  const { checkedCopies = [] } = (await catalog.detail(backup)) ?? {};
  const good = checkedCopies.filter(
    (copy) => isUsable(copy) && (destination ?? copy.destination) === copy.destination,
  );
  const copy =
    good.find(({ host }) => host === here) ?? good.find(({ host }) => host === null) ?? good[0];
  if (!copy) throw noCopy(backup, destination);
  if (copy.host === null || copy.host === here) return copy.destination;
  throw new BackupError('conflict', `backup '${backup}' lies on the disk of another host alone`, {
    hint: `download it from the console of that host: '${copy.uri}' on ${copy.host}`,
  });
}

function noArtifact(backup: string): BackupError {
  return new BackupError('not_found', `there is no artifact of a backup '${backup}'`, {
    hint: 'pma-backup list',
  });
}

function noCopy(backup: string, destination: string | undefined): BackupError {
  const where = destination === undefined ? '' : ` in '${destination}'`;
  return new BackupError('not_found', `there is no good copy of backup '${backup}'${where}`, {
    hint: `'pma-backup show ${backup}' tells where it lies`,
  });
}
