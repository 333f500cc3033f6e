import { createHash } from 'node:crypto';
import { chmod, cp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dumpPath } from '../domain/dump-layout.ts';
import { freeBytes } from '../system/disk.ts';
import { directoryUsage, removeTree, unlessMissing } from '../system/files.ts';
import { tryLock } from '../system/lock.ts';
import type { Cluster } from './cluster.ts';
import type { Connection } from './connection.ts';
import type { RestoredFull } from './prove.ts';
import { dropScratchDatabase } from './scratch-database.ts';
import {
  ourNames,
  startScratchCluster,
  type ScratchOptions,
  type ScratchServer,
} from './scratch.ts';
import { withSession } from './session.ts';

/** A full that stays restored, on a server that is shut down, until its incrementals are proven on copies of it. */
interface Note extends RestoredFull {
  readonly backup: string;
}

export interface KeptFull {
  /** Superuser, database `postgres`, of the server that holds it. */
  readonly scratch: Connection;
  /** Holds what is left of its dump: no rows. */
  readonly directory: string;
  readonly restored: RestoredFull;
}

const prefix = 'pma-kept-';
const keptName = /^pma-kept-[\da-f]{16}$/;
const noteFile = 'kept.json';
const keptBase = 'base.json';
// A daily full that is late by half a day.
const longestMilliseconds = 36 * 3_600_000;
// The next dump, its sealed file and restored database, and the copy that an incremental is proven on.
const spaceFactor = 4;

/** Where the newest full of a database stays; `owner` tells those apart who share the parent. */
export function keptFullPlace(owner: string, database: string, parent = tmpdir()): string {
  const name = createHash('sha256').update(`${owner}\0${database}`).digest('hex').slice(0, 16);
  return path.join(parent, prefix + name);
}

/**
 * Shuts the server of a proven full down and keeps it, with what else its incrementals' proofs need out of the dump's
 * directory, in the place of an older one. False: there is too little space, or the place is in use; then it still runs.
 */
export async function keepFull(
  server: ScratchServer,
  note: Note,
  {
    content,
    baseFile,
    place,
  }: { readonly content: string; readonly baseFile: string; readonly place: string },
): Promise<boolean> {
  const { bytes } = await directoryUsage(server.directory);
  if ((await freeBytes(path.dirname(place))) < bytes * spaceFactor) return false;
  const kept = await whileFree(place, async () => {
    await copyContents(content, path.join(server.directory, 'full'));
    await cp(baseFile, path.join(server.directory, keptBase));
    await writeFile(path.join(server.directory, noteFile), JSON.stringify(note), { mode: 0o600 });
    await removeTree(place);
    await server.moveTo(place);
    // Nobody enters while it is not in use: what other databases' functions run as would own its files. Not before the
    // server has ended, which opens some of them then.
    await chmod(place, 0o700);
    return true;
  });
  return kept ?? false;
}

/** What comparing reads of a dump: `verify/` and the table of contents, a file of its own in all formats but `custom`. */
async function copyContents(from: string, to: string): Promise<void> {
  const contents = path.join(dumpPath('directory'), 'toc.dat');
  await cp(path.join(from, 'verify'), path.join(to, 'verify'), { recursive: true });
  await unlessMissing(cp(path.join(from, contents), path.join(to, contents)));
}

/**
 * Runs `use` with the server of a kept full. Undefined, and `use` not called: another full or none is kept there, it is in
 * use, or the space for a copy of it is missing.
 */
export async function withKeptFull<T>(
  wanted: {
    readonly place: string;
    readonly backup: string;
    readonly server: ScratchOptions;
  },
  use: (kept: KeptFull) => Promise<T>,
): Promise<T | undefined> {
  const { place } = wanted;
  return whileFree(place, async () => {
    const restored = await readNote(place);
    if (restored?.backup !== wanted.backup || !(await hasRoom(place))) return undefined;
    await chmod(place, 0o711);
    const cluster = await startScratchCluster(place, wanted.server);
    return useOn(cluster, { place, restored }, use);
  });
}

/** Copies the base of a kept full, as it was before it was sealed. False: another full or none is kept there. */
export async function copyKeptBase(
  { place, backup }: { readonly place: string; readonly backup: string },
  to: string,
): Promise<boolean> {
  const copied = await whileFree(place, async () => {
    if ((await readNote(place))?.backup !== backup) return false;
    await cp(path.join(place, keptBase), to);
    return true;
  });
  return copied ?? false;
}

async function useOn<T>(
  cluster: Cluster,
  { place, restored }: { readonly place: string; readonly restored: Note },
  use: (kept: KeptFull) => Promise<T>,
): Promise<T> {
  const scratch = cluster.connection('postgres');
  try {
    await dropOthers(scratch, restored.database);
    return await use({ scratch, directory: path.join(place, 'full'), restored });
  } finally {
    await cluster.stop();
    await chmod(place, 0o700);
  }
}

async function hasRoom(place: string): Promise<boolean> {
  const { bytes } = await directoryUsage(place);
  return (await freeBytes(path.dirname(place))) >= bytes;
}

/** What a killed proof left beside it. */
async function dropOthers(scratch: Connection, keep: string): Promise<void> {
  await withSession(scratch, { purpose: 'proving' }, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname LIKE 'proof%' AND datname <> $1`,
      [keep],
    );
    for (const { name } of rows) await dropScratchDatabase(client, { ...scratch, database: name });
  });
}

/** Removes a kept full; one in use stays. */
export async function removeKeptFull(place: string): Promise<void> {
  await whileFree(place, () => removeTree(place));
}

/** Removes those that no incremental will follow any more, or, to make room, `all`. */
export async function removeKeptFulls({
  all = false,
  parent = tmpdir(),
}: { readonly all?: boolean; readonly parent?: string } = {}): Promise<void> {
  for (const name of ourNames(parent, prefix).filter((each) => keptName.test(each))) {
    const place = path.join(parent, name);
    const note = await unlessMissing(stat(path.join(place, noteFile)));
    const isOld = note === undefined || Date.now() - note.mtimeMs > longestMilliseconds;
    if (all || isOld) await removeKeptFull(place);
  }
}

async function readNote(place: string): Promise<Note | undefined> {
  const text = await unlessMissing(readFile(path.join(place, noteFile), 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as Note);
}

/** Undefined, and `use` not called: somebody else uses the place. */
async function whileFree<T>(place: string, use: () => Promise<T>): Promise<T | undefined> {
  const lock = tryLock(`${place}.lock`);
  if (!lock) return undefined;
  try {
    return await use();
  } finally {
    lock.release({ remove: true });
  }
}
