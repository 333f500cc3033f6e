import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { databaseSettings, type Settings } from '../../config.ts';
import { BackupError, toBackupError } from '../../errors.ts';
import { requireFreeBytes } from '../../system/disk.ts';
import { removeTree } from '../../system/files.ts';
import { hostIdOf } from '../../system/host-id.ts';
import { waitForLock } from '../../system/lock.ts';
import { userName } from '../../system/os-user.ts';
import { sha256Of } from '../../system/sha256.ts';
import { createDestinations } from '../destinations.ts';
import type { Waiting } from '../waiting.ts';
import type { World } from '../world.ts';
import { adoptScript, identify } from './adopt-script.ts';
import {
  filesInBucket,
  filesInDirectory,
  lacksItsEnd,
  unpackScript,
  type FoundFile,
} from './read-files.ts';

export interface ImportRequest {
  /** A directory; with `from`, what the keys in the bucket begin with. */
  readonly place: string;
  /** A destination of the settings. */
  readonly from?: string;
  readonly database?: string;
  /** Who wants it; the user of this process when left out. */
  readonly by?: string;
}

/** What became of one file. */
export interface ImportedOldFile {
  readonly file: string;
  readonly bytes: number;
  /** The backup that it is; null: it was not taken over. */
  readonly backup: string | null;
  readonly state: 'imported' | 'known' | 'refused';
  /** Why not, or what is odd about it. */
  readonly note: string | null;
}

export interface ImportResult {
  readonly database: string;
  readonly files: readonly ImportedOldFile[];
  /** Files of no family of the old system: left alone. */
  readonly others: number;
}

/**
 * Takes over what the system before us left: each file becomes a backup with the time of its name, sealed as ours are,
 * and on hold until it is released. The files themselves stay as they are. It may be repeated: what is known already
 * stays. Clouds get their copies with the next run. Throws `not_found`.
 */
export async function importFiles(
  world: Pick<World, 'catalog' | 'settings'>,
  request: ImportRequest,
  waiting: Waiting,
): Promise<ImportResult> {
  const { settings } = world;
  const database = databaseOf(settings, request.database);
  const { found, others } = await findFiles(world, request);
  // One at a time: two would take the same ids.
  const lock = await waitForLock(path.join(settings.stateDirectory, 'import.lock'), waiting);
  const directory = path.join(settings.stateDirectory, 'import');
  try {
    const files: ImportedOldFile[] = [];
    for (const file of found.sort(byTime)) {
      waiting.say(`reading '${file.file}'`);
      await removeTree(directory);
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const by = request.by ?? userName();
      files.push(await importOne(world, { ...waiting, directory, database, by }, file));
    }
    return { database, files, others };
  } finally {
    await removeTree(directory);
    lock.release();
  }
}

function databaseOf(settings: Settings, name: string | undefined): string {
  if (name !== undefined) return databaseSettings(settings, name).name;
  const [only, another] = settings.databases;
  if (only && !another) return only.name;
  throw new BackupError('usage', 'the files of which database are these?', {
    hint: `--database NAME; there are: ${settings.databases.map((each) => each.name).join(', ')}`,
  });
}

function findFiles(
  { settings }: Pick<World, 'settings'>,
  { place, from }: ImportRequest,
): ReturnType<typeof filesInDirectory> {
  if (from === undefined) return filesInDirectory(path.resolve(place), settings);
  return filesInBucket(createDestinations(() => settings)(from), place, settings);
}

interface Work extends Waiting {
  readonly directory: string;
  readonly database: string;
  readonly by: string;
}

async function importOne(
  world: Pick<World, 'catalog' | 'settings'>,
  { directory, database, by, signal }: Work,
  found: FoundFile,
): Promise<ImportedOldFile> {
  const { file, bytes, kind, module } = found;
  try {
    // An unpacked script may be ten times as large; a disk that fills up all the same stops the import.
    await requireFreeBytes(directory, 2 * bytes, `importing '${file}'`);
    const local = await found.local(directory, signal);
    const sha256 = await sha256Of(local, { signal });
    const name = { database, kind, module, time: found.time ?? found.modified };
    const { id, isKnown } = await identify(world.catalog, name, sha256);
    if (isKnown) return { file, bytes, backup: id, state: 'known', note: null };
    const script = path.join(directory, `${id}.sql`);
    await unpackScript(local, script, signal);
    const host = await hostIdOf(world.settings.stateDirectory);
    const { size: dumpBytes } = await stat(script);
    const named = { id, ...name, imported: { file, sha256 } };
    await adoptScript(world, { ...named, script, dumpBytes, host, by, signal });
    return { file, bytes, backup: id, state: 'imported', note: await oddity(script, found) };
  } catch (error) {
    const { code, message } = toBackupError(error);
    if (code !== 'artifact_corrupted') throw error;
    return { file, bytes, backup: null, state: 'refused', note: message };
  }
}

async function oddity(script: string, { kind, time }: FoundFile): Promise<string | null> {
  if (kind !== 'script' && (await lacksItsEnd(script))) return `'pg_dump' did not finish it`;
  return time === undefined ? 'its name tells no time: that of the file counts' : null;
}

function byTime(one: FoundFile, other: FoundFile): number {
  const at = ({ time, modified }: FoundFile) => (time ?? modified).getTime();
  return at(one) - at(other) || (one.file < other.file ? -1 : 1);
}
