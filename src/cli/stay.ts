import { once } from 'node:events';
import type { World } from '../service/world.ts';

/** Returns when we are told to stop; throws when a part of the world that we run broke. */
export async function untilStopped(signal: AbortSignal, { broken }: World): Promise<void> {
  if (signal.aborted) return;
  // A pending promise does not keep the process alive: with every server outside of it, only this timer does.
  const alive = setInterval(() => undefined, 60_000);
  try {
    await Promise.race([once(signal, 'abort'), broken]);
  } finally {
    clearInterval(alive);
  }
}
