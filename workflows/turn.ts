import { condition, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Run } from '../src/domain/run.ts';
import { byWhichSchedule } from '../src/temporal/names.ts';
import { callToTurn } from './messages.ts';
import type { ProgressTracker } from './progress.ts';
import { anywhere } from './proxies.ts';

/** Waits until the run may begin; gives the reason where it came too late to be of use, else null. */
export async function waitForTurn(run: Run, progress: ProgressTracker): Promise<string | null> {
  let called = false;
  setHandler(callToTurn, () => void (called = true), { description: 'The run may begin' });
  const { typedSearchAttributes } = workflowInfo();
  const bySchedule = typedSearchAttributes.get(byWhichSchedule) !== undefined;
  for (let asked = 0; ; asked++) {
    called = false;
    const turn = await anywhere.takeTurn(run, bySchedule);
    if (turn.state === 'taken') return null;
    if (turn.state === 'skipped') return turn.reason;
    progress.enter('waiting', run.id, turn.step);
    // A call may be lost with the worker that makes it. Each question is a few events of the history: ever more seldom.
    const seconds = turn.state === 'closed' ? turn.opensInSeconds : 2 ** asked;
    await condition(() => called, Math.min(seconds, mostSeconds[turn.state]) * 1000);
  }
}

// The settings may change while the hours are waited for.
const mostSeconds = { waiting: 60, closed: 600 };
