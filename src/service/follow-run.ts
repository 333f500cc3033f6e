import { setTimeout as sleep } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import type { Progress } from '../domain/progress.ts';
import { fromWorkflowFailure } from '../temporal/failure.ts';
import type { World } from './world.ts';

export interface Watch {
  /** Aborting cancels the run. */
  readonly signal: AbortSignal;
  onStarted(workflowId: string): void;
  onProgress(progress: Progress): void;
}

const pollMilliseconds = 500;

/**
 * Waits for a run's result while it tells its progress. Throws what the run failed with, in our terms, and what broke
 * the part of the world that we run ourselves.
 */
export async function followRun<T>(world: World, handle: WorkflowHandle, watch: Watch): Promise<T> {
  const ended = new AbortController();
  const cancel = () => void handle.cancel().catch(() => undefined); // a run that is closed by now is fine
  watch.signal.addEventListener('abort', cancel, { once: true });
  if (watch.signal.aborted) cancel();
  const polling = tellProgress(handle, watch, ended.signal);
  try {
    return await Promise.race([handle.result() as Promise<T>, world.broken]);
  } catch (error) {
    throw error instanceof WorkflowFailedError ? fromWorkflowFailure(error) : error;
  } finally {
    ended.abort();
    watch.signal.removeEventListener('abort', cancel);
    await polling;
  }
}

// Best effort: a query that fails now is asked again; what matters is the result.
async function tellProgress(
  handle: WorkflowHandle,
  watch: Watch,
  ended: AbortSignal,
): Promise<void> {
  const over = () => ended.aborted;
  while (!over()) {
    const progress = await handle.query<Progress>('progress').catch(() => undefined);
    if (progress && !over()) watch.onProgress(progress);
    await sleep(pollMilliseconds, undefined, { signal: ended }).catch(() => undefined);
  }
}
