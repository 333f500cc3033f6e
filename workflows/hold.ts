import { workflowInfo } from '@temporalio/workflow';
import type { HoldInput, HoldPlan, HoldResult } from '../src/domain/hold.ts';
import { hostQueue, taskQueue } from '../src/temporal/names.ts';
import { hostIsGone } from './failure.ts';
import { trackProgress } from './progress.ts';
import { impatient, tidyOnHost } from './proxies.ts';

/** Keeps retention from a backup until it is released: in the catalog first, then beside every copy. */
export async function hold(input: HoldInput = {}): Promise<HoldResult> {
  const progress = trackProgress();
  progress.enter('record');
  const plan = await impatient.startHold(input, workflowInfo().startTime.toISOString());
  const result = await atEveryCopy(plan);
  progress.enter('done', plan.backup);
  return result;
}

/** Writes a plan's hold beside each copy, or removes it there; a place where that cannot be now is told, not waited for. */
export async function atEveryCopy({ backup, hold, places }: HoldPlan): Promise<HoldResult> {
  const settled = await Promise.allSettled(
    places.map((place) => {
      const queue = place.host === null ? taskQueue : hostQueue(place.host);
      return tidyOnHost(queue).writeHold(place, hold);
    }),
  );
  const late = settled.map((one) => {
    if (one.status === 'fulfilled') return one.value;
    if (hostIsGone(one.reason)) return 'its host does not answer';
    throw one.reason;
  });
  return {
    ...{ backup, hold },
    places: places.map(({ destination, host }, index) => ({
      ...{ destination, host },
      late: late[index] ?? null,
    })),
  };
}
