import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../errors.ts';

/** How long a destination may be away before a step gives up; Temporal then tries the step again. */
export const patienceMilliseconds = 120_000;
const firstPause = 200;
const longestPause = 5000;

/**
 * Does it again while it fails with an error that may pass by itself, and throws that one after the patience is over.
 * The SDKs' own retries are switched off: they give up after seconds, and know no time-outs and no `SlowDown`.
 */
export async function retrying<T>(
  work: () => Promise<T>,
  {
    signal,
    patience = patienceMilliseconds,
  }: { signal?: AbortSignal | undefined; patience?: number },
): Promise<T> {
  const end = Date.now() + patience;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      if (!mayPass(error) || Date.now() + pause > end) throw error;
    }
    await pauseFor(pause, signal);
  }
}

/** Whether trying again may help. */
export function mayPass(error: unknown): boolean {
  return error instanceof BackupError && error.code.startsWith('storage_') && error.retryable;
}

// Not all at the same moment: many parts may have failed together.
async function pauseFor(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  const jittered = milliseconds * (0.5 + Math.random() / 2);
  await sleep(jittered, undefined, signal ? { signal } : {}).catch(() => {
    signal?.throwIfAborted();
  });
}
