import path from 'node:path';
import { requireKey } from '../artifact/encryption.ts';
import { openSealedFiles } from '../artifact/open.ts';
import { storageKey } from '../domain/backup-name.ts';
import type { FileVersions } from '../domain/file-versions.ts';
import { dumpPath, restoreListPath } from '../domain/dump-layout.ts';
import { restoredFiles, type Manifest } from '../domain/manifest.ts';
import type { Settings } from '../config.ts';
import type { Storage } from '../storage/storage.ts';

/** What is stored of a backup, and all that opens it. */
export interface Sealed {
  readonly manifest: Manifest;
  readonly keys: Settings['encryption'];
  readonly storage: Storage;
  readonly versions: FileVersions;
}

/** Bytes of the files as they are stored and of the dump that is unpacked from them. */
export function unpackedBytes(manifest: Manifest): number {
  const stored = restoredFiles(manifest).reduce((sum, { bytes }) => sum + bytes, 0);
  return stored + manifest.dumpBytes;
}

/** Fetches and unpacks a backup into a directory; returns the dump's. Throws `key_missing`, `artifact_corrupted`. */
export async function unpackDump(
  { manifest, keys, storage, versions }: Sealed,
  directory: string,
  signal: AbortSignal,
): Promise<string> {
  requireKey(keys, manifest.artifact.readers);
  for (const { file } of restoredFiles(manifest)) {
    const key = storageKey(manifest.database, file);
    const versionId = versions[file];
    await storage.fetch(key, path.join(directory, file), { signal, versionId });
  }
  return openSealedFiles({ manifest, directory, keys, signal });
}

/** Where the dump lies in its directory, and what `pg_restore` needs to hear to write it as a script. */
export function scriptOf({ artifact: { format }, kind, module }: Manifest, content: string) {
  return {
    dump: path.join(content, dumpPath(format)),
    isScript: format === 'plain',
    options: [
      ...(module === null ? [] : [`--use-list=${path.join(content, restoreListPath)}`]),
      ...(kind === 'data_only' ? ['--data-only', '--disable-triggers'] : []),
    ],
  };
}
