import type { Proof } from '../src/domain/proof.ts';
import type { Compared, RestorePlan, RestoreSummary } from '../src/domain/restore.ts';
import type { Failure } from '../src/domain/run.ts';
import { BackupError } from '../src/errors.ts';
import {
  compareBeside,
  removeBeside,
  restoreBeside,
  type BesideOptions,
} from '../src/postgres/restore/beside.ts';
import { restoreTables } from '../src/postgres/restore/inside.ts';
import { unlessRestoreStalls } from '../src/postgres/restore/unless-stalled.ts';
import { swapIn } from '../src/postgres/restore/swap.ts';
import { openOther, otherDirectory } from './family.ts';
import type { Dependencies } from './dependencies.ts';
import { fetchAndOpen, openedDirectory } from './fetch.ts';
import { currentRun, reporting, type Report } from './reporting.ts';
import { connectionTo } from './resolve-restore.ts';

/** Enters the restore where whoever tidies up finds it, fetches the backup and unpacks it. */
export function fetchBackup(deps: Dependencies) {
  return async (plan: RestorePlan): Promise<void> =>
    reporting(deps, 'fetch', plan.backup, async (report) => {
      const { backup, target, secret, names } = plan;
      const restoring = names.restoring;
      await deps.catalog.startRestore({ owner: currentRun(), backup, target, restoring, secret });
      await fetchAndOpen(deps, plan, report);
      if (plan.incremental !== null)
        await openOther(deps, plan.incremental, plan.workspace, report);
    });
}

/** Restores into a database beside the target; an earlier attempt's goes first. Returns what was warned of. */
export function restoreIntoBeside(deps: Dependencies) {
  return async (plan: RestorePlan): Promise<readonly string[]> =>
    reporting(deps, 'restore', plan.backup, async (report) => {
      const options = await besideOptions(deps, plan, report);
      const { roles } = plan;
      const watch = besideWatch(deps, options, `the restore of '${plan.backup}'`);
      const warnings = await unlessRestoreStalls(watch, { ...options, roles }, restoreBeside);
      return warnings.slice(0, mostWarnings);
    });
}

// A run's history is no place for more.
const mostWarnings = 100;

/** Restores tables into the database that is there; they are compared before it is committed. */
export function restoreInside(deps: Dependencies) {
  return async (plan: RestorePlan): Promise<Compared> =>
    reporting(deps, 'restore', plan.backup, async (report) => {
      const { inside, omitted, roles } = plan;
      if (!inside) throw new BackupError('internal', 'no tables are to be restored');
      const target = await connectionTo(deps, plan);
      const options = {
        ...{ target, directory: openedDirectory(deps, plan) },
        ...{ inside, omitted, roles, signal: report.signal },
        onProgress: report,
      };
      const what = `the restore of tables of '${plan.backup}'`;
      const seconds = deps.settings().stallSeconds;
      const watch = { what, seconds, database: target, shared: true };
      return unlessRestoreStalls(watch, options, restoreTables);
    });
}

/** Compares what was restored with what the source held. Throws `restore_differs` where it is not the same. */
export function compareRestore(deps: Dependencies) {
  return async (plan: RestorePlan, warnings: readonly string[]): Promise<Compared> =>
    reporting(deps, 'compare', plan.backup, async (report) => {
      const options = await besideOptions(deps, plan, report);
      const { backup } = plan;
      const watch = besideWatch(deps, options, `the comparison with '${backup}'`);
      const all = { ...options, backup, warnings };
      const proof = await unlessRestoreStalls(watch, all, compareBeside);
      if (proof.state === 'failed') throw differs(plan, proof);
      return summarise(proof);
    });
}

/** Gives the proven database the target's name; returns the name under which the old one is kept. */
export function swapRestored(deps: Dependencies) {
  return async (plan: RestorePlan): Promise<string | null> =>
    reporting(deps, 'swap', plan.backup, async ({ signal }) => {
      const { names, state: expected } = plan;
      return swapIn(await connectionTo(deps, plan), { names, expected }, signal);
    });
}

/** Records a restore that reached its end. */
export function recordRestore({ catalog }: Dependencies) {
  return async (summary: RestoreSummary): Promise<void> => {
    const { state, reason } = summary;
    await catalog.finishRestore(currentRun(), { state, reason, summary });
  };
}

/** Records why a restore did not reach its end. */
export function recordRestoreFailure({ catalog }: Dependencies) {
  return async ({ code, message }: Failure): Promise<void> => {
    const state = code === 'cancelled' ? 'cancelled' : 'failed';
    await catalog.finishRestore(currentRun(), { state, reason: message, summary: null });
  };
}

/** Removes what is left half-made beside the target, and lets the backup go. */
export function tidyRestore(deps: Dependencies) {
  return async (plan: RestorePlan): Promise<void> =>
    reporting(deps, 'record', plan.backup, async ({ signal }) => {
      await removeBeside(await connectionTo(deps, plan), plan.names.restoring, signal);
      await deps.catalog.leaveRestore(currentRun(), { tidy: true });
      await deps.catalog.releaseLeases(currentRun());
    });
}

/** Forgets a one-time password. */
export function forgetSecret({ catalog }: Dependencies) {
  return ({ secret }: { readonly secret: string }): Promise<void> => catalog.forgetSecret(secret);
}

async function besideOptions(
  deps: Dependencies,
  plan: RestorePlan,
  report: Report,
): Promise<BesideOptions> {
  const { names, like, omitted, jobs } = plan;
  return {
    target: await connectionTo(deps, plan),
    restoring: names.restoring,
    directory: openedDirectory(deps, plan),
    changes:
      plan.incremental === null ? null : otherDirectory(deps, plan.incremental, plan.workspace),
    ...{ like, omitted, jobs },
    signal: report.signal,
    onProgress: report,
  };
}

function besideWatch(
  { settings }: Dependencies,
  { target, restoring }: BesideOptions,
  what: string,
): Parameters<typeof unlessRestoreStalls>[0] {
  const seconds = settings().stallSeconds;
  return { what, seconds, database: { ...target, database: restoring }, shared: false };
}

function differs({ backup }: RestorePlan, proof: Proof): BackupError {
  return new BackupError(
    'proof_failed',
    `what was restored differs from backup '${backup}': ${proof.reason ?? ''}`,
    {
      hint: 'nothing was changed; restore an older backup, and look at the target for what may have interfered',
      detail: JSON.stringify(proof.firstDifferences),
    },
  );
}

function summarise(proof: Proof): Compared {
  const { state, reason, tables, mismatches, notCompared, warnings } = proof;
  return {
    ...{ state, reason, mismatches, notCompared, warnings },
    tables: tables.length,
    rows: tables.reduce((sum, { restored }) => sum + (restored?.rows ?? 0), 0),
  };
}
