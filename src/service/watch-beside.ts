import type { Settings } from '../config.ts';
import { createLogger } from '../log.ts';
import { hostIdOf } from '../system/host-id.ts';
import { createRuns } from '../temporal/runs.ts';
import { probePatience } from '../watch/probe.ts';
import { createWatcher, type Watcher } from '../watch/watcher.ts';
import { createDestinations } from './destinations.ts';
import type { World } from './world.ts';

const firstLookAfter = 5000;

/**
 * Starts the watch of a server that has no worker of its own: where all workers are dead, or Temporal is, nobody else
 * would say so. `current`: the settings as they are now.
 */
export async function watchBeside(
  { settings, catalog, temporal }: Pick<World, 'settings' | 'catalog' | 'temporal'>,
  current: () => Settings,
): Promise<Watcher> {
  const now = (): Settings => ({ ...current(), databases: settings.databases });
  const watcher = createWatcher(
    {
      ...{ settings: now, catalog, hasWorker: false, log: createLogger(settings) },
      hostId: await hostIdOf(settings.stateDirectory),
      runs: createRuns(temporal.client),
      storage: createDestinations(now, probePatience),
    },
    settings,
    { firstAfter: firstLookAfter },
  );
  watcher.start();
  return watcher;
}
