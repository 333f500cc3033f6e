import {
  listedCopies,
  type CleanupRound,
  type CleanupScope,
  type DecidedCopy,
  type DoomedCopy,
} from '../src/domain/cleanup.ts';
import { checkCopy } from './check.ts';
import { eachPlan } from './cleanup.ts';
import { deleteCopy, finishDelete } from './delete-copy.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting, type Report } from './reporting.ts';

/** Reads the copies on a host that must be good before anything older is deleted there; gives their number. */
export function checkFirst(deps: Dependencies) {
  return async (scope: CleanupScope, host: string | null): Promise<number> =>
    reporting(deps, 'expire', '', async (report) => {
      let checked = 0;
      for await (const { plan } of eachPlan(deps, scope)) {
        for (const { backup, destination } of plan.unchecked.filter((one) => one.host === host)) {
          report({ step: `reading ${backup} before anything older is deleted` });
          const copies = await deps.catalog.copiesToCheck({ backup });
          const copy = copies.find((one) => one.destination === destination && one.host === host);
          if (copy) await checkCopy(deps, copy, report.signal);
          checked += 1;
        }
      }
      return checked;
    });
}

/** Deletes what the plan says of a host's copies, in its order; gives those that could not be deleted. */
export function expire(deps: Dependencies) {
  return async (
    scope: CleanupScope,
    host: string | null,
    round: CleanupRound,
  ): Promise<DecidedCopy[]> =>
    reporting(deps, 'expire', '', async (report) => {
      const refused = await finishAll(deps, scope, host, report);
      for await (const { plan } of eachPlan(deps, scope)) {
        const due = plan.ready.filter((copy) => copy.host === host && copy.round === round);
        refused.push(...(await deleteAll(deps, due, report)));
      }
      return refused.slice(0, listedCopies);
    });
}

/** Brings to its end what was begun, of whichever database; gives what is refused of these. */
async function finishAll(
  deps: Dependencies,
  { databases }: CleanupScope,
  host: string | null,
  { signal }: Report,
): Promise<DecidedCopy[]> {
  const refused: DecidedCopy[] = [];
  for (const begun of await deps.catalog.unfinishedDeletes(host)) {
    signal.throwIfAborted();
    const reason = await finishDelete(deps, begun);
    const { backup, database, destination, bytes } = begun;
    const isOurs = databases.some(({ name }) => name === database);
    if (reason !== null && isOurs) refused.push({ backup, destination, host, bytes, reason });
  }
  return refused;
}

async function deleteAll(
  deps: Dependencies,
  due: readonly DoomedCopy[],
  report: Report,
): Promise<DecidedCopy[]> {
  const refused: DecidedCopy[] = [];
  for (const [index, doomed] of due.entries()) {
    report.signal.throwIfAborted();
    report({ step: `deleting ${index + 1} of ${due.length}: ${doomed.backup}` });
    const reason = await deleteCopy(deps, doomed);
    const { backup, destination, host, bytes } = doomed;
    if (reason !== null) refused.push({ backup, destination, host, bytes, reason });
  }
  return refused;
}
