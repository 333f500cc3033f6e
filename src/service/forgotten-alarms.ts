import type { Catalog } from '../catalog/catalog.ts';
import { cloudDestinations, type Settings } from '../config.ts';
import { isOfNothingNamed } from '../domain/forgotten-alarms.ts';

/**
 * Clears the alarms about what went out of the settings. Called when a worker starts as a service: its settings are fresh,
 * and those of all workers of its queue. Settings that name no database at all are taken for a mistake.
 */
export async function clearForgottenAlarms(
  catalog: Pick<Catalog, 'alarms' | 'clearAlarm'>,
  settings: Settings,
): Promise<void> {
  const { databases } = settings;
  if (databases.length === 0) return;
  const named = {
    databases: databases.map(({ name, modules }) => ({ name, modules: Object.keys(modules) })),
    destinations: ['local', ...cloudDestinations(settings)],
  };
  for (const { key } of await catalog.alarms())
    if (isOfNothingNamed(key, named)) await catalog.clearAlarm(key);
}
