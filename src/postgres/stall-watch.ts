import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../errors.ts';
import { readActivity, type LookedAt, type ServerActivity } from './activity.ts';

export interface StallWatchOptions extends LookedAt {
  /** `the dump of 'shop'` */
  readonly what: string;
  /** Without any progress. */
  readonly seconds: number;
  readonly signal: AbortSignal;
}

/** What the work is given: a signal to stop at, and a way to say how far it is. */
export interface Watched {
  readonly signal: AbortSignal;
  /** Anything new in it is progress. */
  readonly tell: (numbers: object) => void;
}

/**
 * Runs work on a server and stops it when nothing at all goes on for so long: no number that it tells, none that the
 * server tells, no session on a processor. Throws `stalled` then, with who is in the way.
 */
export async function unlessStalled<T>(
  options: StallWatchOptions,
  work: (watched: Watched) => Promise<T>,
): Promise<T> {
  const stalled = new AbortController();
  const ended = new AbortController();
  const life = { at: Date.now(), told: '' };
  const signal = AbortSignal.any([options.signal, stalled.signal]);
  const watching = watch(options, { life, stalled, ended: ended.signal });
  try {
    return await work({
      signal,
      tell: (numbers) => {
        const told = JSON.stringify(numbers);
        if (told !== life.told) life.at = Date.now();
        life.told = told;
      },
    });
  } catch (error) {
    options.signal.throwIfAborted();
    stalled.signal.throwIfAborted();
    throw error;
  } finally {
    ended.abort();
    await watching;
  }
}

interface Life {
  at: number;
  told: string;
}

const longestPause = 30;

async function watch(
  options: StallWatchOptions,
  state: { readonly life: Life; readonly stalled: AbortController; readonly ended: AbortSignal },
): Promise<void> {
  const { life, stalled, ended } = state;
  const pause = Math.min(longestPause, options.seconds / 5) * 1000;
  let last: ServerActivity | undefined;
  while (!stalled.signal.aborted) {
    await sleep(pause, undefined, { signal: ended }).catch(() => undefined);
    if (ended.aborted || options.signal.aborted) return;
    // A server that does not answer shows no progress; what is wrong with it is said by the work itself.
    const seen = await readActivity(options).catch(() => undefined);
    if (isProgress(last, seen)) life.at = Date.now();
    last = seen ?? last;
    if (Date.now() - life.at >= options.seconds * 1000)
      stalled.abort(stalledError(options, last?.blocker));
  }
}

function isProgress(last: ServerActivity | undefined, seen: ServerActivity | undefined): boolean {
  return (
    last !== undefined && seen !== undefined && (seen.busy || seen.signature !== last.signature)
  );
}

function stalledError({ what, seconds }: StallWatchOptions, blocker: string | undefined) {
  const why = blocker === undefined ? '' : `: ${blocker}`;
  return new BackupError('stalled', `${what} made no progress for ${seconds} s${why}`, {
    hint:
      blocker === undefined
        ? 'look at the server: a disk or a network that hangs?'
        : 'end that session, or try again when no migration runs',
  });
}
