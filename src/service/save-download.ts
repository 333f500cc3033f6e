import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { requireKey } from '../artifact/encryption.ts';
import type { Manifest } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { findClientProgram } from '../postgres/programs.ts';
import { writeWhole } from '../storage/local-file.ts';
import { requireFreeBytes } from '../system/disk.ts';
import { removeTree, unlessMissing } from '../system/files.ts';
import { runProgram } from '../system/program.ts';
import { createDestinations } from './destinations.ts';
import { openDownload, type Download, type DownloadRequest } from './download.ts';
import { scriptOf, unpackDump, unpackedBytes, type Sealed } from './dump-script.ts';
import { showBackup } from './show-backup.ts';
import type { Waiting } from './waiting.ts';
import type { World } from './world.ts';

export interface SaveRequest extends DownloadRequest {
  /** A directory, or a file that is not there yet. */
  readonly output: string;
  /** As an SQL script that everybody can read, instead of the artifact as it is stored. */
  readonly plain: boolean;
}

export interface SavedDownload {
  readonly backup: string;
  readonly destination: string;
  readonly path: string;
  readonly bytes: number;
  /** Who can open the file: public keys, or `passphrase`; empty: everybody. */
  readonly readers: readonly string[];
}

/**
 * Saves a backup's artifact, checked against its sha256, as a file that appears whole or not at all. What the API sends
 * is `openDownload` itself: a browser writes its own file. Throws `not_found`, `conflict`, `key_missing`,
 * `artifact_corrupted`, `disk_too_small`.
 */
export async function saveDownload(
  world: Pick<World, 'catalog' | 'settings'>,
  request: SaveRequest,
  waiting: Waiting,
): Promise<SavedDownload> {
  const { plain, output, destination } = request;
  const { summary } = await showBackup(world, request);
  const backup = summary.id;
  const storage = createDestinations(() => world.settings);
  const wanted = { backup, ...(destination !== undefined && { destination }) };
  const download = await openDownload({ ...world, storage }, wanted);
  const manifest = await world.catalog.manifest(backup);
  if (!manifest) throw new BackupError('internal', `the manifest of '${backup}' is gone`);
  const target = await targetOf(output, plain ? `${backup}.sql` : download.file);
  waiting.say(`reading '${download.file}' from '${download.destination}'`);
  if (plain) {
    const keys = world.settings.encryption;
    const { versions } = download;
    const from = { manifest, keys, storage: storage(download.destination), versions };
    await saveScript(from, target, waiting.signal);
  } else {
    await saveStored(download, target, waiting.signal);
  }
  return {
    ...{ backup, destination: download.destination, path: target },
    bytes: (await stat(target)).size,
    readers: plain ? [] : (manifest.artifact.readers ?? []),
  };
}

async function targetOf(output: string, file: string): Promise<string> {
  const place = path.resolve(output);
  const found = await unlessMissing(stat(place));
  const isDirectory = found ? found.isDirectory() : output.endsWith(path.sep);
  const target = isDirectory ? path.join(place, file) : place;
  if (!(await unlessMissing(lstat(target)))) return target;
  throw new BackupError('conflict', `'${target}' is there already`, {
    hint: 'remove it, or name another file with --output',
  });
}

async function saveStored(download: Download, target: string, signal: AbortSignal): Promise<void> {
  const { file, bytes, sha256, destination } = download;
  await requireFreeBytes(path.dirname(target), bytes, `the download of '${file}'`);
  await writeWhole(target, async (part) => {
    const hash = createHash('sha256');
    await pipeline(
      await download.read(),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(part, { mode: 0o600 }),
      { signal },
    );
    const got = hash.digest('hex');
    if (got !== sha256) throw damaged(`'${file}' in '${destination}'`, sha256, got);
  });
}

// Beside the target, where the space is; by a name that the next attempt finds and removes, should this one be killed.
async function saveScript(sealed: Sealed, target: string, signal: AbortSignal): Promise<void> {
  const { manifest, keys } = sealed;
  requireKey(keys, manifest.artifact.readers);
  const directory = path.join(path.dirname(target), `.${path.basename(target)}.unpacking`);
  await requireFreeBytes(path.dirname(target), spaceFor(manifest), `unpacking '${manifest.id}'`);
  await removeTree(directory);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  try {
    const content = await unpackDump(sealed, directory, signal);
    await writeWhole(target, (part) => writeScript(manifest, { content, part, signal }));
  } finally {
    await removeTree(directory);
  }
}

/** What is unpacked, and the script, which may be larger than the dump that it is made of. */
function spaceFor(manifest: Manifest): number {
  return unpackedBytes(manifest) + (manifest.artifact.format === 'plain' ? 0 : manifest.dumpBytes);
}

async function writeScript(
  manifest: Manifest,
  { content, part, signal }: { content: string; part: string; signal: AbortSignal },
): Promise<void> {
  const { dump, isScript, options } = scriptOf(manifest, content);
  if (isScript) return rename(dump, part);
  const { path: program } = await findClientProgram('pg_restore');
  await runProgram(program, [...options, `--file=${part}`, dump], { signal });
}

function damaged(what: string, expected: string, got: string): BackupError {
  return new BackupError(
    'artifact_corrupted',
    `${what} is damaged: expected sha256 ${expected}, got ${got}`,
    { hint: 'read another copy with --destination; pma-backup check heals this one' },
  );
}
