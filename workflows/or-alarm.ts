import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { failureOf } from './failure.ts';
import { tellPeople } from './notify.ts';
import { anywhere } from './proxies.ts';

export interface WatchedWork {
  /** Of the alarm; the same for each run of the same work. */
  readonly key: string;
  readonly database: string | null;
  /** `the check of all copies`: what failed. */
  readonly what: string;
}

/** Does what nobody may be waiting for: where it fails people are told, until it is done another time. */
export async function orAlarm<T>(
  { key, database, what }: WatchedWork,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message, hint } = failureOf(error);
    // Who mistyped something reads so himself.
    if (mistakes.includes(code)) throw error;
    await CancellationScope.nonCancellable(() =>
      anywhere.raiseAlarm({ key, database, message: `${what} failed: ${message}`, hint, code }),
    );
    await tellPeople();
    throw error;
  }
}

const mistakes: readonly string[] = ['usage', 'not_found'];
