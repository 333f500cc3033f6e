import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DumpFormat } from '../domain/dump-layout.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import { removeTree } from '../system/files.ts';
import type { Connection } from './connection.ts';
import { attemptDump, type DumpHooks } from './dump-attempt.ts';
import type { DumpProgress } from './dump-progress.ts';
import { acceptsSchemaChange, firstTally, planRepeat } from './dump-repeats.ts';
import { inspectSource } from './dump-source.ts';
import type { Base } from './incremental/base-file.ts';
import type { DumpContent } from './selection.ts';
import { dumpSessionName } from './session-name.ts';

export interface DumpOptions {
  readonly connection: Connection;
  /** Everything, unless told. */
  readonly content?: DumpContent;
  /** A directory, unless told. */
  readonly format?: DumpFormat;
  /** Exists, is empty and ours alone. */
  readonly directory: string;
  /** A full: writes there what incrementals are found out from. */
  readonly baseFile?: string;
  /** Only what changed since then, as SQL. Throws `needs_full` where that cannot be told. */
  readonly increment?: Base;
  readonly jobs: number;
  /** How long others may have to wait for our locks. */
  readonly maxBlockSeconds: number;
  /** How long we wait for a lock. */
  readonly lockTimeoutSeconds: number;
  /** Id of the backup: our sessions carry it where no run is at work. */
  readonly run: string;
  /** Password hashes too, where our role may read them; for encrypted artifacts only. */
  readonly hasPasswords?: boolean;
  readonly signal: AbortSignal;
  onProgress(progress: DumpProgress): void;
  /** For tests. */
  readonly hooks?: DumpHooks;
}

/**
 * Dumps a database and reads, at the same snapshot, all that its restore will be compared with: the dump and \`verify/\` in the
 * directory. An attempt that met others' locks is repeated. On any failure the directory is empty again, no program
 * and no session is left, and the first error (when aborted the signal's reason) is thrown.
 */
export async function dumpDatabase(options: DumpOptions): Promise<SourceReading> {
  const { connection, directory, signal, hooks = {} } = options;
  const applicationName = dumpSessionName(options.run);
  signal.throwIfAborted();
  const source = await inspectSource(connection, { applicationName, signal });
  const { content = everything, format = 'directory' } = options;
  const hasPasswords = options.hasPasswords === true && source.readsPasswords;
  const attempt = { ...options, content, format, applicationName, source, hooks, hasPasswords };
  for (let tally = firstTally(options.jobs); ;) {
    try {
      const accepts = { acceptsSchemaChange: acceptsSchemaChange(tally) };
      return await attemptDump({ ...attempt, ...accepts, jobs: tally.jobs });
    } catch (error) {
      await emptyDirectory(directory);
      signal.throwIfAborted();
      const repeat = planRepeat(tally, error, options.maxBlockSeconds);
      if (!repeat) throw error;
      options.onProgress({ step: repeat.step, bytes: 0, tables: 0, totalTables: null });
      await sleep(repeat.pauseSeconds * 1000, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
      tally = repeat.tally;
    }
  }
}

const everything: DumpContent = { kind: 'full', module: null };

async function emptyDirectory(directory: string): Promise<void> {
  const names = await readdir(directory);
  await Promise.all(names.map((name) => removeTree(path.join(directory, name))));
}
