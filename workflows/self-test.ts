import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  workflowInfo,
} from '@temporalio/workflow';
import type { MadeKind } from '../src/domain/backup-name.ts';
import type { Phase } from '../src/domain/progress.ts';
import type { RestoreSummary } from '../src/domain/restore.ts';
import { resultSummaries, type Failure } from '../src/domain/run.ts';
import {
  backupFault,
  copiesFault,
  restoreFault,
  selfTestDatabase,
  selfTestRestored,
  selfTestSteps,
  type SelfTestPlace,
  type SelfTestResult,
  type SelfTestStep,
  type SelfTestStepName,
} from '../src/domain/self-test.ts';
import { workflowId } from '../src/temporal/names.ts';
import { backup } from './backup.ts';
import { failureOf } from './failure.ts';
import { integrityCheck } from './integrity-check.ts';
import { trackProgress } from './progress.ts';
import { anywhere, impatient, tidyOnHost } from './proxies.ts';
import { restore } from './restore.ts';

/** Backs up, restores and checks a throw-away database as any other would be, and leaves nothing of it. */
export async function selfTest(): Promise<SelfTestResult> {
  const steps: SelfTestStep[] = [];
  const perform = performing(steps);
  try {
    await perform('leftovers', 'resolve', removeLeftovers);
    await story(perform);
  } catch (error) {
    // What failed a step stands in the result.
    if (isCancellation(error) || steps.every(({ state }) => state === 'ok')) throw error;
  } finally {
    await CancellationScope.nonCancellable(() => anywhere.finishRun());
  }
  return {
    state: steps.every(({ state }) => state === 'ok') ? 'ok' : 'failed',
    seconds: secondsSince(workflowInfo().startTime.getTime()),
    steps,
  };
}

/** make a database → back up each kind → change rows → incremental → restore → check, and remove it all */
async function story(perform: Perform): Promise<void> {
  try {
    const { superuser } = await perform('database', 'resolve', makeDatabase);
    const full = await perform('full', 'dump', () => backUp('full'));
    const schema = await perform('schema_only', 'dump', () => backUp('schema_only'));
    const data = await perform('data_only', 'dump', () => backUp('data_only'));
    await perform('changes', 'dump', changeRows);
    const incremental = await perform('incremental', 'dump', () => backUp('incremental'));
    await perform('restore', 'restore', () =>
      bringBack(full.backup, superuser ? incremental.backup : null),
    );
    await perform('check', 'verify', () => check([full, schema, data, incremental]));
  } finally {
    await CancellationScope.nonCancellable(() => perform('removal', 'expire', removeAll));
  }
}

interface Done {
  readonly backup?: string;
  readonly remark?: string;
}
type Perform = <T extends Done>(
  name: SelfTestStepName,
  phase: Phase,
  work: () => Promise<T>,
) => Promise<T>;

/** Does steps and writes down what became of them. */
function performing(steps: SelfTestStep[]): Perform {
  const progress = trackProgress();
  return async (name, phase, work) => {
    progress.enter(phase, undefined, selfTestSteps[name]);
    const started = Date.now();
    const common = { name, backup: null, remark: null, failure: null };
    try {
      const done = await work();
      const { backup: made = null, remark = null } = done;
      const seconds = secondsSince(started);
      steps.push({ ...common, state: 'ok', seconds, backup: made, remark });
      return done;
    } catch (error) {
      if (isCancellation(error)) throw error;
      const failure = failureOf(error);
      steps.push({ ...common, state: 'failed', seconds: secondsSince(started), failure });
      throw error;
    }
  };
}

function secondsSince(milliseconds: number): number {
  return (Date.now() - milliseconds) / 1000;
}

function makeDatabase(): Promise<Done & { readonly superuser: boolean }> {
  return impatient.makeSelfTestDatabase();
}

async function backUp(kind: MadeKind): Promise<{ readonly backup: string }> {
  const series = { database: selfTestDatabase, kind, module: null };
  const result = await executeChild(backup, {
    workflowId: workflowId(series, workflowInfo().startTime),
    args: [{ database: selfTestDatabase, kind }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
  const [summary] = resultSummaries(result);
  if (!summary) throw new Error('no backup was made');
  refuse(backupFault(summary, kind));
  return { backup: summary.id };
}

async function changeRows(): Promise<Done> {
  await impatient.changeSelfTestRows();
  return {};
}

async function bringBack(full: string, incremental: string | null): Promise<Done> {
  const summary = await executeChild(restore, {
    workflowId: `restore/self-test-${workflowInfo().startTime.toISOString()}`,
    args: [{ backup: incremental ?? full, target: selfTestRestored, create: true }],
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
  });
  refuse(restoreFault(summary as RestoreSummary));
  return incremental === null ? { remark: onlyFull } : {};
}

const onlyFull =
  'the full alone: only a superuser of the server may apply an incremental there, and our role is none';

async function check(made: readonly { readonly backup: string }[]): Promise<Done> {
  for (const { backup: id } of made) {
    const copies = await executeChild(integrityCheck, {
      workflowId: `integrity-check/${id}-${workflowInfo().startTime.toISOString()}`,
      args: [{ database: selfTestDatabase, backup: id }],
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    });
    refuse(copiesFault(copies));
  }
  return {};
}

/** A copy that cannot be removed now is in nobody's way; a database that cannot be would be. */
async function removeLeftovers(): Promise<Done> {
  await impatient.startSelfTest();
  await impatient.dropSelfTestDatabases();
  return remarkOn(await removeCopies());
}

async function removeAll(): Promise<Done> {
  const [dropped, removed] = await Promise.allSettled([
    impatient.dropSelfTestDatabases(),
    removeCopies(),
  ]);
  if (dropped.status === 'rejected') throw dropped.reason;
  if (removed.status === 'rejected') throw removed.reason;
  const failed = removed.value.flatMap(({ failure }) => failure ?? []);
  refuse(failed[0] ?? null);
  return remarkOn(removed.value);
}

/** What is left in one place. */
interface Left {
  readonly fact: string;
  /** null: a lock of the bucket keeps it. */
  readonly failure: Failure | null;
}

async function removeCopies(): Promise<Left[]> {
  const left: Left[] = [];
  for (const place of await impatient.findSelfTestPlaces()) {
    const stays = await removeAt(place);
    if (stays) left.push(stays);
  }
  // What the catalog says of the others leads the next self-test to them.
  if (left.length === 0) await anywhere.forgetSelfTests();
  return left;
}

async function removeAt({ destination, queue, isStored }: SelfTestPlace): Promise<Left | null> {
  const there = queue === null ? impatient : tidyOnHost(queue);
  try {
    const fact = await there.removeSelfTestCopies(destination);
    return fact === null ? null : { fact, failure: null };
  } catch (error) {
    if (isCancellation(error)) throw error;
    // A destination that took nothing was named by the backup.
    if (!isStored) return null;
    const failure = failureOf(error);
    const fact = `copies stay in '${destination}': ${failure.message}`;
    return { fact, failure: { ...failure, message: fact } };
  }
}

function remarkOn(left: readonly Left[]): Done {
  if (left.length === 0) return {};
  return { remark: `${left.map(({ fact }) => fact).join('; ')}; a later self-test removes them` };
}

function refuse(failure: Failure | null): void {
  if (!failure) return;
  const { code, message, hint } = failure;
  throw ApplicationFailure.create({
    ...{ message, type: code, nonRetryable: true, details: [{ hint }] },
  });
}
