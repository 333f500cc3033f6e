import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '../catalog/within.ts';
import type { Settings } from '../config.ts';
import type { Trouble } from '../domain/watch.ts';
import { toBackupError } from '../errors.ts';
import type { WatchDependencies } from './dependencies.ts';
import { createDirectAlarms } from './direct.ts';
import { tellDueAlarms } from './tell.ts';
import { watch } from './watch.ts';

/** The watch of one process: it works when Temporal is down, and says so when the catalog is. */
export interface Watcher {
  /** Looks once, raises and clears, and tells people. Throws nothing. */
  look(now: Date): Promise<void>;
  /** Looks every quarter of an hour from now on. */
  start(): void;
  stop(): Promise<void>;
}

/** Milliseconds. */
export interface WatchTimes {
  readonly firstAfter: number;
  readonly every: number;
  /** All that is asked during a look has a time limit of its own, but for the catalog. */
  readonly patience: number;
}

const usualTimes: WatchTimes = { firstAfter: 15_000, every: 15 * 60_000, patience: 120_000 };
// What hangs on a network must not hold up our end.
const lastLookMilliseconds = 3000;

/** Makes the watch of this process; `settings` are those that it started with. */
export function createWatcher(
  deps: WatchDependencies,
  settings: Settings,
  times: Partial<WatchTimes> = {},
): Watcher {
  const { firstAfter, every, patience } = { ...usualTimes, ...times };
  const direct = createDirectAlarms(join(settings.stateDirectory, 'told.json'), deps.log);
  let readable = settings;
  const look = async (now: Date) => {
    const trouble = await lookOnce(deps, { now, patience }, (read) => (readable = read));
    await direct.set(trouble, readable, now);
  };
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let looking: Promise<void> = Promise.resolve();
  const guarded = (now: Date) =>
    look(now).catch((error: unknown) => {
      if (!stopped) deps.log.warn({ error: String(error) }, 'the watch failed');
    });
  const schedule = (after: number) => {
    if (stopped) return;
    timer = setTimeout(() => {
      looking = guarded(new Date()).then(() => schedule(every));
    }, after);
    timer.unref();
  };
  return {
    look: guarded,
    start: () => schedule(firstAfter),
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await Promise.race([looking, sleep(lastLookMilliseconds, undefined, { ref: false })]);
    },
  };
}

/** What is wrong that the catalog cannot hold; null: nothing. */
async function lookOnce(
  deps: WatchDependencies,
  { now, patience }: { readonly now: Date; readonly patience: number },
  onSettings: (settings: Settings) => void,
): Promise<Trouble | null> {
  try {
    onSettings(deps.settings());
    await within(patience, lookAndTell(deps, now));
    return null;
  } catch (error) {
    const { code, message, hint = null } = toBackupError(error);
    if (code === 'catalog_unreachable')
      return { ...{ key: 'catalog:', database: null, code }, message, hint };
    if (code === 'invalid_settings')
      return { ...{ key: 'settings:', database: null, code }, message, hint };
    throw error;
  }
}

async function lookAndTell(deps: WatchDependencies, now: Date): Promise<void> {
  await watch(deps, now);
  await tellDueAlarms(deps, now);
}
