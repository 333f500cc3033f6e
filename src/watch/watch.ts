import { findOver, findTroubles, type Trouble } from '../domain/watch.ts';
import type { WatchDependencies } from './dependencies.ts';
import { gatherFacts } from './facts.ts';

/**
 * Looks at everything once: raises an alarm for what is wrong, clears those that are over. Several processes may do so
 * at once. Throws `catalog_unreachable`, and what is wrong with the settings.
 */
export async function watch(deps: WatchDependencies, now: Date): Promise<readonly Trouble[]> {
  const { catalog } = deps;
  const facts = await gatherFacts(deps, now);
  const troubles = findTroubles(facts, now);
  for (const trouble of troubles) await catalog.raiseAlarm(trouble);
  for (const key of findOver(await catalog.alarms(), { facts, now })) await catalog.clearAlarm(key);
  return troubles;
}
