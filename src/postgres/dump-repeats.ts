import { BackupError } from '../errors.ts';
import { isWorkerLockConflict } from './dump-failure.ts';
import { isSchemaChange } from './schema-change.ts';

/** What happened to the attempts so far. */
export interface Tally {
  readonly jobs: number;
  readonly lockConflicts: number;
  readonly workerConflicts: number;
  readonly blockedTooLong: number;
  readonly schemaChanges: number;
}

export interface Repeat {
  readonly tally: Tally;
  readonly pauseSeconds: number;
  /** One line: why there is another attempt. */
  readonly step: string;
}

const maxLockConflicts = 20;
const maxBlockedTooLong = 3;
const maxWorkerConflicts = 2;
const maxSchemaChanges = 2;
const longestPause = 30;

export function firstTally(jobs: number): Tally {
  return { jobs, lockConflicts: 0, workerConflicts: 0, blockedTooLong: 0, schemaChanges: 0 };
}

/** Somebody who changes the schema all the time gets a backup, too: both readings then count. */
export function acceptsSchemaChange({ schemaChanges }: Tally): boolean {
  return schemaChanges >= maxSchemaChanges;
}

/**
 * Whether to try again after this failure, how soon, and with how many jobs; undefined: it is final. Only `pg_dump -j`
 * asks for locks while it writes, so after two attempts that failed by that one job does it; those do not count.
 */
export function planRepeat(
  tally: Tally,
  error: unknown,
  maxBlockSeconds: number,
): Repeat | undefined {
  if (!(error instanceof BackupError)) return undefined;
  const step = `once more, because ${error.message}`;
  if (tally.jobs > 1 && isWorkerLockConflict(error)) {
    const workerConflicts = tally.workerConflicts + 1;
    const jobs = workerConflicts < maxWorkerConflicts ? tally.jobs : 1;
    return { tally: { ...tally, jobs, workerConflicts }, pauseSeconds: 0.1, step };
  }
  if (isSchemaChange(error)) {
    const schemaChanges = tally.schemaChanges + 1;
    return { tally: { ...tally, schemaChanges }, pauseSeconds: 0.1, step };
  }
  if (error.code === 'lock_conflict' && tally.lockConflicts + 1 < maxLockConflicts) {
    const lockConflicts = tally.lockConflicts + 1;
    // Soon: who truncates a table every few seconds has just done it.
    return { tally: { ...tally, lockConflicts }, pauseSeconds: 0.1, step };
  }
  if (error.code === 'blocked_too_long' && tally.blockedTooLong + 1 < maxBlockedTooLong) {
    // Others had to wait for us: they get as much time without us.
    const pauseSeconds = Math.min(maxBlockSeconds, longestPause);
    const blockedTooLong = tally.blockedTooLong + 1;
    return { tally: { ...tally, blockedTooLong }, pauseSeconds, step };
  }
  return undefined;
}
