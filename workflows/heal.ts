import { isCancellation, log } from '@temporalio/workflow';
import type { HealedCopy, HealingInput } from '../src/domain/run.ts';
import { failureOf } from './failure.ts';
import { mender, upkeep } from './proxies.ts';

/**
 * Makes up the copies that are lost, rotten or were never stored, each from a good one of the same backup. Best effort:
 * the alarm of a copy that could not be made stays, and the next run tries again.
 */
export async function healCopies(input: HealingInput): Promise<HealedCopy[]> {
  const healed: HealedCopy[] = [];
  const failed = new Set<string>();
  const lacking = await orWarning(upkeep.planHealing(input));
  for (const copy of lacking ?? []) {
    if (failed.has(copy.destination)) continue;
    const made = await orWarning(mender(copy.queue).healCopy(copy));
    if (made) healed.push(made);
    else failed.add(copy.destination);
  }
  return healed;
}

async function orWarning<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('copies could not be made up', { error: failureOf(error).message });
    return undefined;
  }
}
