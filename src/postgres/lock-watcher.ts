import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { judgeLocks, readLockQueue, type LockQueue, type LockWait } from './lock-queue.ts';
import { translatePgError } from './pg-error.ts';
import { connect } from './session.ts';
import { switchTimeoutsOff } from './timeouts.ts';

export interface LockWatcherOptions {
  readonly connection: Connection;
  /** The name that every session of ours carries, and no other. */
  readonly applicationName: string;
  readonly maxBlockSeconds: number;
  readonly lockTimeoutSeconds: number;
  readonly signal: AbortSignal;
  /** Called once: this attempt has to be given up now, for the sake of the others. */
  onGiveUp(error: BackupError): void;
}

export interface LockWatcher {
  /** What one of ours waited for when we last saw one wait: `table 'public.t' is locked by process 123 (ALTER TABLE)`. */
  lastBlocker(): string | undefined;
  /** Ends every other session of ours on the server and waits until they are gone. */
  endOurSessions(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Looks about once a second whether we are in others' way: on a connection of its own, because a queue in which we
 * wait behind somebody who waits for us is no deadlock that PostgreSQL itself would see.
 */
export async function startLockWatcher(options: LockWatcherOptions): Promise<LockWatcher> {
  const client = await connect(options.connection, {
    applicationName: options.applicationName,
    signal: options.signal,
  });
  const stopping = new AbortController();
  const state: WatchState = { client, stopping: stopping.signal, lastBlocker: undefined };
  const watching = watch(options, state);
  return {
    lastBlocker: () => state.lastBlocker,
    endOurSessions: () => endSessions(client, options.applicationName),
    stop: async () => {
      stopping.abort();
      await watching;
      await client.end().catch(() => undefined); // it may be lost already
    },
  };
}

/** Ends the other sessions of that name, such as those that a killed worker left, and waits until they are gone. */
export async function endSessions(client: pg.Client, applicationName: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const { rowCount } = await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND pid <> pg_backend_pid() AND usename = current_user`,
      [applicationName],
    );
    if (rowCount === 0) return;
    await sleep(50);
  }
}

interface WatchState {
  readonly client: pg.Client;
  readonly stopping: AbortSignal;
  lastBlocker: string | undefined;
}

async function watch(options: LockWatcherOptions, state: WatchState): Promise<void> {
  // Often enough to see each wait, others' and our own, before its time is over.
  const { maxBlockSeconds, lockTimeoutSeconds } = options;
  const interval = Math.max(0.05, Math.min(1, maxBlockSeconds / 4, lockTimeoutSeconds / 3));
  const waited = stopwatch(interval);
  try {
    await switchTimeoutsOff(state.client);
    while (!state.stopping.aborted) {
      const queue = await readLockQueue(state.client, options.applicationName);
      const { blocker, giveUp } = judgeLocks(queue, {
        longest: maxBlockSeconds - interval,
        waited: waited(queue),
      });
      state.lastBlocker = blocker ?? state.lastBlocker;
      if (giveUp) {
        options.onGiveUp(giveUp);
        return;
      }
      await sleep(interval * 1000, undefined, { signal: state.stopping }).catch(() => undefined);
    }
  } catch (error) {
    if (!state.stopping.aborted) options.onGiveUp(translatePgError(error, options.connection));
  }
}

/** How many seconds each wait may have lasted at most; servers before 14 do not say it themselves. */
function stopwatch(interval: number): (queue: LockQueue) => (wait: LockWait) => number {
  let firstSeen = new Map<string, number>();
  return ({ waits }) => {
    const now = performance.now() / 1000;
    firstSeen = new Map(waits.map(({ id }) => [id, firstSeen.get(id) ?? now - interval]));
    return ({ id }) => now - (firstSeen.get(id) ?? now);
  };
}
