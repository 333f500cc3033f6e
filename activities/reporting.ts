import { Context } from '@temporalio/activity';
import { noProgress, type Phase, type Progress } from '../src/domain/progress.ts';
import type { Dependencies } from './dependencies.ts';

export type Numbers = Partial<Omit<Progress, 'phase' | 'backup'>>;

export interface Report {
  readonly signal: AbortSignal;
  (numbers: Numbers): void;
}

const heartbeatMilliseconds = 3000;
const firstInterval = 1000;
// Each report is an event of the run's history: one per second at first, then every 50th part of the time passed.
const intervalGrowth = 1 / 50;

/**
 * Runs one step of a run while it heartbeats and tells its progress to the run's `progress` query. Cancellation comes
 * in as the signal.
 */
export async function reporting<T>(
  { runs }: Pick<Dependencies, 'runs'>,
  phase: Phase,
  backup: string,
  work: (report: Report) => Promise<T>,
): Promise<T> {
  const context = Context.current();
  const owner = currentRun();
  const started = Date.now();
  let progress: Progress = { ...noProgress, phase, backup };
  let nextAt = 0;
  let sending: Promise<void> = Promise.resolve();
  const tell = () => {
    const now = Date.now();
    if (now < nextAt) return;
    nextAt = now + Math.max(firstInterval, (now - started) * intervalGrowth);
    // Best effort: progress that cannot be told now is told the next time.
    sending = runs.reportProgress(owner, progress).catch(() => undefined);
  };
  const report = (numbers: Numbers) => {
    progress = { ...progress, ...numbers };
    tell();
  };
  const timer = setInterval(() => {
    context.heartbeat(progress);
    tell();
  }, heartbeatMilliseconds);
  context.heartbeat(progress);
  try {
    return await work(Object.assign(report, { signal: context.cancellationSignal }));
  } finally {
    clearInterval(timer);
    await sending;
  }
}

/** The workflow run that the current activity belongs to. */
export function currentRun(): { workflowId: string; runId: string } {
  const { workflowExecution } = Context.current().info;
  return { workflowId: workflowExecution?.workflowId ?? '', runId: workflowExecution?.runId ?? '' };
}
