import { setTimeout as sleep } from 'node:timers/promises';
import type { Run } from '../src/domain/run.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun, reporting } from './reporting.ts';

const pollMilliseconds = 1000;

/** Waits until no other run backs up this database. A run that is closed, however it ended, holds nothing. */
export function waitForTurn(deps: Dependencies) {
  return async (run: Run): Promise<void> =>
    reporting(deps, 'waiting', run.id, async (report) => {
      const { catalog, runs } = deps;
      const lease = { resource: `database:${run.database}`, capacity: 1, owner: currentRun() };
      while (!(await catalog.takeLease(lease, (owner) => runs.isOpen(owner)))) {
        report({ step: `another backup of '${run.database}' is running` });
        await sleep(pollMilliseconds, undefined, { signal: report.signal });
      }
    });
}
