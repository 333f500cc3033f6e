import { AsyncLocalStorage } from 'node:async_hooks';

const runs = new AsyncLocalStorage<string>();

/**
 * Does `work` for a run: every line that is logged meanwhile has the run's id, and so have the sessions that are opened
 * and the programs that are started.
 */
export function withinRun<T>(run: string, work: () => T): T {
  return runs.run(run, work);
}

/** The id of the run that we are at work for: that of its workflow. */
export function runAtWork(): string | undefined {
  return runs.getStore();
}
