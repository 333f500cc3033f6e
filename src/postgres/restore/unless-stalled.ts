import type { Connection } from '../connection.ts';
import { sessionsOfRun } from '../session-name.ts';
import { unlessStalled } from '../stall-watch.ts';
import type { BesideProgress } from './beside.ts';

interface Watch {
  /** `the restore of 'shop_full_20260301_020000'` */
  readonly what: string;
  /** Without any progress. */
  readonly seconds: number;
  /** The database that is written or read: locks in it are told by the names of its tables. */
  readonly database: Connection;
  /** Others write there, too: that it grows says nothing of us. */
  readonly shared: boolean;
}

interface Work {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BesideProgress) => void;
}

/** Does a part of a restore, and stops it when nothing at all goes on for so long. Throws `stalled` then. */
export async function unlessRestoreStalls<O extends Work, T>(
  { what, seconds, database, shared }: Watch,
  options: O,
  work: (options: O) => Promise<T>,
): Promise<T> {
  const applicationName = sessionsOfRun();
  const looked = { connection: database, applicationName, signal: options.signal };
  return unlessStalled({ what, seconds, ...looked }, ({ signal, tell }) =>
    work({
      ...options,
      signal,
      onProgress: (progress) => {
        tell(shared ? { step: progress.step } : progress);
        options.onProgress(progress);
      },
    }),
  );
}
