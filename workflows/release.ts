import type { HoldInput, HoldResult } from '../src/domain/hold.ts';
import { atEveryCopy } from './hold.ts';
import { trackProgress } from './progress.ts';
import { impatient } from './proxies.ts';

/** Lets retention decide about a backup again: beside every copy first, then in the catalog. */
export async function release(input: HoldInput = {}): Promise<HoldResult> {
  const progress = trackProgress();
  progress.enter('record');
  const plan = await impatient.resolveRelease(input);
  const result = await atEveryCopy(plan);
  await impatient.finishRelease(plan);
  progress.enter('done', plan.backup);
  return result;
}
