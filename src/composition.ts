import { loadSettings, processEnvironment, type Settings } from './config.ts';
import { userCacheDirectory } from './config/cache.ts';
import { openWorld, type Needs, type World } from './service/world.ts';

export interface Opening {
  readonly needs: Needs;
  readonly role: 'service' | 'command';
  /** Called with what is done while parts start. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** The settings as they are now. Throws `invalid_settings`. */
export function currentSettings(): Settings {
  return loadSettings({ environment: processEnvironment() });
}

/**
 * Puts the system together by the present settings: the one place that knows all parts. What only a worker needs is loaded
 * when one starts: a command answers at once.
 */
export function openCurrentWorld(opening: Opening): Promise<World> {
  return openWorld({
    ...opening,
    settings: currentSettings(),
    currentSettings,
    cacheDirectory: userCacheDirectory(processEnvironment()),
    startWorker: async (world) => (await import('./worker-process.ts')).startWorker(world),
  });
}
