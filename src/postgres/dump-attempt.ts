import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { DumpFormat } from '../domain/dump-layout.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { writeDumpFiles } from './dump-files.ts';
import type { DumpProgress } from './dump-progress.ts';
import { joinSequences, readContents } from './dump-reading.ts';
import { finishDump, type Dumped } from './dump-result.ts';
import type { DumpSource } from './dump-source.ts';
import { pinSession } from './fingerprint.ts';
import type { Base } from './incremental/base-file.ts';
import { leaveMark } from './incremental/mark.ts';
import { readNeededGlobals } from './globals.ts';
import { startLockWatcher, type LockWatcher } from './lock-watcher.ts';
import { translatePgError } from './pg-error.ts';
import {
  readChanges,
  readFingerprints,
  readForBase,
  type TableReading,
  type TablesReading,
} from './read-tables.ts';
import { triggerModes } from './relations.ts';
import { selectContent, type DumpContent } from './selection.ts';
import { readSequences } from './sequences.ts';
import { connect } from './session.ts';
import { shareSnapshot } from './snapshot.ts';
import { endWithUs, switchTimeoutsOff } from './timeouts.ts';
import { together } from './together.ts';

/** Where a test stops the clock. */
export interface DumpHooks {
  /** Between reading the list of tables and locking them. */
  beforeLocks?(): Promise<void>;
  /** The snapshot is taken, pg_dump has not begun. */
  afterLocks?(): Promise<void>;
  /** Everything is read, the locks are still held. */
  beforeRelease?(): Promise<void>;
}

export interface AttemptOptions {
  readonly connection: Connection;
  readonly applicationName: string;
  readonly source: DumpSource;
  readonly content: DumpContent;
  readonly format: DumpFormat;
  readonly directory: string;
  readonly run: string;
  readonly baseFile?: string;
  readonly increment?: Base;
  readonly jobs: number;
  readonly maxBlockSeconds: number;
  readonly lockTimeoutSeconds: number;
  readonly hasPasswords: boolean;
  readonly acceptsSchemaChange: boolean;
  readonly signal: AbortSignal;
  readonly hooks: DumpHooks;
  onProgress(progress: DumpProgress): void;
}

/**
 * One attempt at a dump. When it ends, well or not, none of its programs and sessions is left; the files of a failed
 * one are the caller's to remove. Throws what went wrong first, the signal's reason when aborted.
 */
export async function attemptDump(options: AttemptOptions): Promise<SourceReading> {
  const stop = new AbortController();
  const forward = (): void => stop.abort(options.signal.reason);
  options.signal.addEventListener('abort', forward, { once: true });
  if (options.signal.aborted) forward();
  try {
    return await underWatch(options, stop);
  } catch (error) {
    stop.abort(error); // unless it was stopped for another reason before
    throw stop.signal.reason;
  } finally {
    options.signal.removeEventListener('abort', forward);
  }
}

async function underWatch(options: AttemptOptions, stop: AbortController): Promise<SourceReading> {
  stop.signal.throwIfAborted();
  const watcher = await startLockWatcher({
    ...options,
    signal: stop.signal,
    onGiveUp: (error) => stop.abort(error),
  });
  // At once and on the server: a closed connection alone would let a query run on there, holding its locks.
  let ending: Promise<void> | undefined;
  const endSessions = (): void => {
    ending ??= watcher.endOurSessions().catch(() => undefined); // best effort: the server may be gone
  };
  stop.signal.addEventListener('abort', endSessions, { once: true });
  try {
    const dumped = await withSessions(options, stop, (holder, readers) =>
      dumpInSessions({ options, stop, watcher, holder, readers }),
    );
    return await finishDump({ ...options, signal: stop.signal }, dumped);
  } catch (error) {
    stop.abort(error);
    await ending;
    throw error;
  } finally {
    await watcher.stop();
  }
}

/** The holder of the snapshot and those who take fingerprints: as many as help without hurting the server. */
async function withSessions<T>(
  options: AttemptOptions,
  stop: AbortController,
  use: (holder: pg.Client, readers: [pg.Client, ...pg.Client[]]) => Promise<T>,
): Promise<T> {
  const { connection, applicationName } = options;
  const open: pg.Client[] = [];
  const openOne = async (): Promise<pg.Client> => {
    const client = await connect(connection, { applicationName, signal: stop.signal });
    open.push(client);
    client.on('error', (error) => stop.abort(translatePgError(error, connection)));
    await pinSession(client);
    await switchTimeoutsOff(client);
    await endWithUs(client);
    return client;
  };
  try {
    const opening = [openOne(), openOne(), ...(options.jobs > 1 ? [openOne()] : [])] as const;
    await Promise.allSettled(opening); // else one might be opened when the others are closed
    const [holder, first, ...others] = await Promise.all(opening);
    return await use(holder, [first, ...others]);
  } finally {
    await Promise.all(open.map(close));
  }
}

/** Does not wait for a server that does not answer the goodbye. */
async function close(client: pg.Client): Promise<void> {
  const gone = client.end().catch(() => undefined); // it was lost or ended before: nothing is left to close
  await Promise.race([gone, sleep(2000, undefined, { ref: false })]);
}

interface InSessions {
  readonly options: AttemptOptions;
  readonly stop: AbortController;
  readonly watcher: LockWatcher;
  readonly holder: pg.Client;
  readonly readers: readonly [pg.Client, ...pg.Client[]];
}

async function dumpInSessions(context: InSessions): Promise<Dumped> {
  const { options, stop, watcher, holder, readers } = context;
  const { connection, lockTimeoutSeconds, hooks, increment } = options;
  const tell = progressOf(options);
  tell({ step: 'locking the tables' });
  const before = await readSequences(readers[0]);
  const snapshot = await shareSnapshot(holder, readers, {
    connection,
    // Who waits for the locks that we have already waits for those, too, that we do not get.
    lockTimeoutSeconds: Math.min(lockTimeoutSeconds, options.maxBlockSeconds),
    lastBlocker: () => watcher.lastBlocker(),
    beforeLocks: () => pause(hooks.beforeLocks?.(), stop.signal),
  });
  await pause(hooks.afterLocks?.(), stop.signal);
  const selection = await selectContent(holder, options.content);
  const { kind, module } = options.content;
  const goesIntoTables = kind === 'data_only' || (module !== null && !increment);
  const triggers = goesIntoTables
    ? await triggerModes(holder, (table) => selection.hasRows(table))
    : null;
  const neededGlobals = await readNeededGlobals(holder);
  const writing = writeDumpFiles({
    ...options,
    ...{ kind: increment ? 'incremental' : kind, selection, neededGlobals, stop },
    snapshot: snapshot.id,
    onBytes: tell,
  });
  const [files, { contents, reading }] = await together(stop, [
    writing,
    readContents({
      ...{ holder, selection, onStart: tell },
      readTables: (tables, known) => readTables(context, { tables, known, selection, writing }),
    }),
  ]);
  await pause(hooks.beforeRelease?.(), stop.signal);
  // An incremental sets those that its snapshot knows, to values that are not before any of its rows.
  const known = increment ? await readSequences(holder) : null;
  await Promise.all([holder, ...readers].map((session) => session.query('COMMIT')));
  const sequences = joinSequences(before, known ?? (await readSequences(readers[0])));
  const mark = reading.base ? await leaveMark(readers[0]) : null;
  return {
    ...{ selection, triggers, files, contents, reading, mark },
    snapshotAt: snapshot.takenAt,
    sequences: sequences.filter((sequence) => selection.hasValue(sequence)),
  };
}

/** One pass over the tables, for all that this backup makes of it. */
async function readTables(
  { options, stop, holder, readers }: InSessions,
  {
    tables,
    known,
    selection,
    writing,
  }: Pick<TableReading, 'tables' | 'known' | 'selection'> & { writing: Promise<unknown> },
): Promise<TablesReading> {
  const { increment, baseFile, directory, run: id } = options;
  const { systemIdentifier } = options.source.server;
  const common = { holder, readers, tables, known, selection };
  const reading = { ...common, systemIdentifier, signal: stop.signal };
  if (baseFile !== undefined) return readForBase(reading, baseFile);
  if (!increment) return readFingerprints(reading);
  await writing; // the texts of schema and roles are compared, too
  return readChanges({ ...reading, id, directory, base: increment });
}

/** Each report carries the latest of every number. */
function progressOf(options: AttemptOptions): (change: Partial<DumpProgress>) => void {
  let progress: DumpProgress = { step: '', bytes: 0, tables: 0, totalTables: null };
  return (change) => {
    progress = { ...progress, ...change };
    options.onProgress(progress);
  };
}

async function pause(hook: Promise<void> | undefined, signal: AbortSignal): Promise<void> {
  if (!hook) return;
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
  });
  await Promise.race([hook, aborted]);
  signal.throwIfAborted();
}
