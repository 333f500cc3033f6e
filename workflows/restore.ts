import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { restoreAlarm } from '../src/domain/alarm.ts';
import type {
  Compared,
  RestoreInput,
  RestorePlan,
  RestorePreview,
  RestoreSummary,
} from '../src/domain/restore.ts';
import { asWorkflowFailure, failureOf } from './failure.ts';
import { tellPeople } from './notify.ts';
import { trackProgress, type ProgressTracker } from './progress.ts';
import { anywhere, impatient, onHost, patient, tidyOnHost } from './proxies.ts';

/** Brings a database back from a backup and compares it with what the source held; `dryRun` says what would be done. */
export async function restore(input: RestoreInput = {}): Promise<RestoreSummary | RestorePreview> {
  const progress = trackProgress();
  progress.enter('resolve');
  try {
    const plan = await impatient.resolveRestore(input, workflowInfo().startTime.toISOString());
    return input.dryRun ? plan.preview : await carryOut(plan, progress);
  } finally {
    const { secret, dryRun = false } = input;
    if (secret !== undefined && !dryRun)
      await CancellationScope.nonCancellable(() => anywhere.forgetSecret({ secret }));
  }
}

async function carryOut(plan: RestorePlan, progress: ProgressTracker): Promise<RestoreSummary> {
  try {
    refuseObstacles(plan.preview);
    return await story(plan, progress);
  } catch (error) {
    await CancellationScope.nonCancellable(() => anywhere.recordRestoreFailure(failureOf(error)));
    throw isCancellation(error) ? error : asWorkflowFailure(error);
  } finally {
    await CancellationScope.nonCancellable(() => tidyUp(plan));
  }
}

/** fetch → restore (→ the incremental on top) → compare → swap → record */
async function story(plan: RestorePlan, progress: ProgressTracker): Promise<RestoreSummary> {
  const host = onHost(plan.queue);
  progress.enter('fetch', plan.backup);
  await host.fetchBackup(plan);
  if (plan.inside) return tables(plan, progress);
  progress.enter('restore');
  const warnings = await host.restoreIntoBeside(plan);
  progress.enter('compare');
  const compared = await host.compareRestore(plan, warnings);
  // From here on it is proven: what is begun now is also told.
  return CancellationScope.nonCancellable(async () => {
    progress.enter('swap');
    const keptAs = await patient.swapRestored(plan);
    return record(plan, { ...compared, keptAs }, progress);
  });
}

/** restore and compare in one transaction → record */
async function tables(plan: RestorePlan, progress: ProgressTracker): Promise<RestoreSummary> {
  progress.enter('restore');
  const compared = await onHost(plan.queue).restoreInside(plan);
  return CancellationScope.nonCancellable(() =>
    record(plan, { ...compared, keptAs: null }, progress),
  );
}

async function record(
  { preview }: RestorePlan,
  done: Compared & Pick<RestoreSummary, 'keptAs'>,
  progress: ProgressTracker,
): Promise<RestoreSummary> {
  const { backup, incremental, snapshotAt, target } = preview;
  const seconds = (Date.now() - workflowInfo().startTime.getTime()) / 1000;
  const summary = { backup, incremental, snapshotAt, target, seconds, ...done };
  progress.enter('record');
  await anywhere.recordRestore(summary);
  progress.enter('done');
  return summary;
}

function refuseObstacles({ obstacles: [first] }: RestorePreview): void {
  if (!first) return;
  throw ApplicationFailure.create({
    message: first.fact,
    type: 'target_refused',
    nonRetryable: true,
    details: [{ hint: first.hint }],
  });
}

// Best effort: what could not be cleared away is cleared away when a worker starts again.
async function tidyUp(plan: RestorePlan): Promise<void> {
  await tidyOnHost(plan.queue)
    .removeWorkspace({ id: plan.workspace })
    .catch(() => undefined);
  try {
    await impatient.tidyRestore(plan);
  } catch (error) {
    const { code, message } = failureOf(error);
    await anywhere.raiseAlarm({
      ...{ key: restoreAlarm(workflowInfo()), database: null, code },
      message: `a restore of '${plan.backup}' left '${plan.names.restoring}' half-made: ${message}`,
      hint: `it is tried again when a worker starts; or: DROP DATABASE "${plan.names.restoring}" on its server`,
    });
    await tellPeople();
  }
}
