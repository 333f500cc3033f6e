import {
  ApplicationFailure,
  CancellationScope,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { BackupState, BackupSummary } from '../src/domain/backup.ts';
import { startAlarm } from '../src/domain/alarm.ts';
import type {
  BackupInput,
  BackupResult,
  Copied,
  Escalation,
  Outcome,
  Run,
  Target,
} from '../src/domain/run.ts';
import { searchAttributes, workflowId } from '../src/temporal/names.ts';
import { expireAfter } from './cleanup.ts';
import { asWorkflowFailure, failureOf, hostIsGone } from './failure.ts';
import { healCopies } from './heal.ts';
import { tellPeople } from './notify.ts';
import { orAlarm } from './or-alarm.ts';
import { trackProgress, type ProgressTracker } from './progress.ts';
import { anywhere, onHost, tidyOnHost } from './proxies.ts';
import { waitForTurn } from './turn.ts';

/** Backs up one database, or each of the settings in a child run, and proves it. */
export async function backup(input: BackupInput = {}): Promise<BackupResult> {
  const progress = trackProgress();
  progress.enter('resolve');
  const plan = await beginning(input.database, () => anywhere.resolve(input));
  const [target, ...others] = plan.targets;
  if (target === undefined || others.length > 0) return backUpEach(plan.targets);
  return backUp(target, plan.searchAttributes, progress);
}

/** What fails before there is a backup to record it with. */
function beginning<T>(database: string | undefined, work: () => Promise<T>): Promise<T> {
  const of = database === undefined ? 'all databases' : `'${database}'`;
  return orAlarm(
    { key: startAlarm(database), database: database ?? null, what: `the backup of ${of}` },
    work,
  );
}

async function backUpEach(targets: readonly Target[]): Promise<BackupSummary[]> {
  const runs = await Promise.allSettled(
    targets.map(({ database, kind, module }) =>
      executeChild(backup, {
        workflowId: workflowId({ database, kind, module }, workflowInfo().startTime),
        args: [{ database, kind, ...(module === null ? {} : { module }) }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      }),
    ),
  );
  // One database's failure touches no other: all are waited for before it is told.
  const failed = runs.flatMap((run, index) =>
    run.status === 'rejected'
      ? [{ error: run.reason as unknown, database: targets[index]?.database ?? '?' }]
      : [],
  );
  const [first] = failed;
  if (first) throw isCancellation(first.error) ? first.error : someFailed(failed, runs.length);
  return runs.flatMap((run) => (run.status === 'fulfilled' ? run.value : []));
}

interface FailedDatabase {
  readonly error: unknown;
  readonly database: string;
}

// With hundreds of databases a message of all would be a page: each has a failed run of its own that says why.
const toldFailures = 3;

function someFailed(failed: readonly FailedDatabase[], total: number): ApplicationFailure {
  const facts = failed
    .slice(0, toldFailures)
    .map(({ error, database }) => `'${database}': ${failureOf(error).message}`);
  if (failed.length > toldFailures) facts.push('…');
  const { code, hint } = failureOf(failed[0]?.error);
  return ApplicationFailure.create({
    message: `${failed.length} of ${total} databases failed: ${facts.join('; ')}`,
    type: code,
    nonRetryable: true,
    details: [{ hint }],
  });
}

async function backUp(
  target: Target,
  registered: boolean,
  progress: ProgressTracker,
): Promise<BackupSummary> {
  const triggeredAt = workflowInfo().startTime.toISOString();
  const tell = (state: BackupState) => {
    if (registered) tellState(target, state);
  };
  tell('running');
  const run = await beginning(target.database, () => anywhere.startRun(target, triggeredAt));
  try {
    const summary = await makeBackup(run, progress);
    progress.enter('notify', summary.id);
    await tellPeople(summary.id);
    tell(summary.state);
    if (summary.state === 'failed') throw proofFailed(summary);
    progress.enter('done');
    return summary;
  } catch (error) {
    tell(isCancellation(error) ? 'cancelled' : 'failed');
    throw error;
  }
}

/** Where an incremental cannot follow its full, a full takes its place. */
async function makeBackup(run: Run, progress: ProgressTracker): Promise<BackupSummary> {
  const done = await withAnyHost(run, (current) => story(current, progress));
  if (!('escalation' in done)) return done;
  return makeBackup(await anywhere.startInstead(run, done), progress);
}

/** (its turn) → dump → compress → upload ∥ verify → record → expire; who called tells people then. */
async function story(run: Run, progress: ProgressTracker): Promise<BackupSummary | Escalation> {
  progress.enter('waiting', run.id);
  const tooLate = await waitForTurn(run, progress);
  if (tooLate !== null) return anywhere.recordSkipped(run, tooLate);
  const host = onHost(run.queue, run.hostPatienceSeconds);
  progress.enter('dump');
  const dumped = await host.dump(run);
  if ('escalation' in dumped) return dumped;
  const early = run.verifyEarly ? host.verify(run) : undefined;
  early?.catch(() => undefined); // awaited below; until then it must not count as unhandled
  progress.enter('compress');
  const sealed = await host.compress(run);
  progress.enter('upload');
  const [copies, verified] = await Promise.all([upload(run), early ?? host.verify(run)]);
  progress.enter('record');
  const summary = await host.record(run, { dumped, sealed, copies, verified } satisfies Outcome);
  const without = copies.flatMap(({ destination, state }) => (state === 'good' ? [] : destination));
  await healCopies({ database: run.database, without });
  progress.enter('expire');
  await expireAfter(run);
  return summary;
}

/** To all destinations side by side: one that fails does not keep the others from having their copy. */
async function upload(run: Run): Promise<Copied[]> {
  const host = onHost(run.queue, run.hostPatienceSeconds);
  const tried = await Promise.allSettled(
    run.destinations.map((destination) => host.upload(run, destination)),
  );
  const errors = tried.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  const [first] = errors;
  const fatal = errors.find((error) => isCancellation(error) || hostIsGone(error));
  if (fatal) throw fatal;
  if (first && errors.length === tried.length) throw first;
  return Promise.all(
    tried.map(async (one, index) =>
      one.status === 'fulfilled'
        ? one.value
        : host.recordMissedCopy(run, run.destinations[index] ?? '?', failureOf(one.reason)),
    ),
  );
}

// If the run's host is gone for good, another one takes over from the dump; what a run leaves behind is always tidied.
async function withAnyHost<Result>(
  run: Run,
  work: (run: Run) => Promise<Result>,
  hostsLeft = 3,
): Promise<Result> {
  try {
    return await work(run);
  } catch (error) {
    if (hostsLeft > 1 && hostIsGone(error)) {
      return await withAnyHost(await anywhere.moveRun(run), work, hostsLeft - 1);
    }
    await CancellationScope.nonCancellable(() => anywhere.recordFailure(run, failureOf(error)));
    if (isCancellation(error)) throw error;
    await tellPeople();
    throw asWorkflowFailure(error);
  } finally {
    await CancellationScope.nonCancellable(() => tidyUp(run));
  }
}

// Best effort: a host that does not answer tidies its disk itself when it starts again.
async function tidyUp(run: Run): Promise<void> {
  await tidyOnHost(run.queue, run.hostPatienceSeconds)
    .removeWorkspace(run)
    .catch(() => undefined);
  await anywhere.finishRun();
}

function tellState({ database, kind }: Target, state: BackupState): void {
  upsertSearchAttributes([
    { key: searchAttributes.database, value: database },
    { key: searchAttributes.kind, value: kind },
    { key: searchAttributes.state, value: state },
  ]);
}

function proofFailed(summary: BackupSummary): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `backup '${summary.id}' failed its proof: ${summary.reason ?? 'no reason given'}`,
    'proof_failed',
    { hint: `pma-backup show ${summary.id}`, backup: summary.id },
  );
}
