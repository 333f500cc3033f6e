import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { requireKey } from '../artifact/encryption.ts';
import { BackupError } from '../errors.ts';
import { findClientProgram } from '../postgres/programs.ts';
import type { Storage } from '../storage/storage.ts';
import { requireFreeBytes } from '../system/disk.ts';
import { withPrivateDirectory } from '../system/private-directory.ts';
import { streamProgram } from '../system/program.ts';
import { openDownload, type DownloadRequest } from './download.ts';
import { scriptOf, unpackDump, unpackedBytes } from './dump-script.ts';
import type { World } from './world.ts';

type Source = Pick<World, 'catalog' | 'settings'> & {
  readonly storage: (destination: string) => Storage;
};

interface Sending {
  readonly signal: AbortSignal;
  /** Called when all that can be refused was refused: gives what the script flows into, which stays open. */
  readonly begin: (file: string) => Promise<Writable>;
}

/**
 * Sends a backup as an SQL script that everybody can read, without writing the script itself anywhere; of an
 * incremental it is what goes on top of its full, which it looks for itself. Throws what a download throws, before
 * `begin` where it can, and `disk_too_small`.
 */
export async function streamScript(
  from: Source,
  request: DownloadRequest,
  { signal, begin }: Sending,
): Promise<void> {
  const { catalog, settings, storage } = from;
  const { destination, versions } = await openDownload(from, request);
  const manifest = await catalog.manifest(request.backup);
  if (!manifest) throw new BackupError('internal', `the manifest of '${request.backup}' is gone`);
  requireKey(settings.encryption, manifest.artifact.readers);
  await requireFreeBytes(tmpdir(), unpackedBytes(manifest), `unpacking '${manifest.id}'`);
  const keys = settings.encryption;
  const sealed = { manifest, keys, storage: storage(destination), versions };
  await withPrivateDirectory(async (directory) => {
    const content = await unpackDump(sealed, directory, signal);
    const { dump, isScript, options } = scriptOf(manifest, content);
    const { path: program } = await findClientProgram('pg_restore');
    const into = await begin(`${manifest.id}.sql`);
    if (isScript) await pipeline(createReadStream(dump), into, { end: false, signal });
    else await streamProgram(program, [...options, '--file=-', dump], into, { signal });
  });
}
