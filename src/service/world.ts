import { join } from 'node:path';
import { openCatalog, type Catalog } from '../catalog/catalog.ts';
import type { Settings } from '../config.ts';
import { BackupError } from '../errors.ts';
import { ensurePrivateDirectory } from '../system/files.ts';
import { tryLock, waitForLock, type Lock } from '../system/lock.ts';
import { linkTemporal, type TemporalLink } from './temporal-link.ts';
import {
  readServiceFile,
  removeServiceFile,
  writeServiceFile,
  type Parts,
} from './service-file.ts';
import { startParts, type PartsOptions, type RunningParts } from './parts.ts';
import { withSampleDatabase } from './sample.ts';

export type { Needs } from './parts.ts';

/** The running system as one command sees it: its own embedded parts, those of a service it joined, or somebody's servers. */
export interface World {
  readonly settings: Settings;
  readonly catalog: Catalog;
  /** Throws `internal` where the command did not ask for Temporal. */
  readonly temporal: TemporalLink;
  /** True when another process of ours runs the parts. */
  readonly joined: boolean;
  /** Rejects when a part that we run has failed; never settles otherwise. */
  readonly broken: Promise<never>;
  /** Ends what we started; waits for commands that joined us unless we are the service. */
  close(): Promise<void>;
}

/**
 * Joins the process that holds the lock and has the needed parts, else becomes it and starts them. A command during
 * another's start waits.
 */
export async function openWorld(options: PartsOptions): Promise<World> {
  const runDirectory = join(options.settings.stateDirectory, 'run');
  await ensurePrivateDirectory(runDirectory);
  for (;;) {
    options.signal.throwIfAborted();
    const lock = tryLock(join(runDirectory, 'service.lock'));
    if (lock) return own(options, runDirectory, lock);
    const world = await joinHolder(options, runDirectory);
    if (world) return world;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Closes the world after `use`, also when that throws. */
export async function closingAfter<T>(world: World, use: (world: World) => Promise<T>): Promise<T> {
  let result: T;
  try {
    result = await use(world);
  } catch (error) {
    await world.close().catch(() => undefined); // the first error is the one that matters
    throw error;
  }
  await world.close();
  return result;
}

/** The process that holds the lock, if one does and is ready. */
export async function runningService(settings: Settings): Promise<Parts | undefined> {
  const runDirectory = join(settings.stateDirectory, 'run');
  await ensurePrivateDirectory(runDirectory);
  const lock = tryLock(join(runDirectory, 'service.lock'));
  lock?.release();
  return lock ? undefined : readServiceFile(runDirectory);
}

async function own(options: PartsOptions, runDirectory: string, lock: Lock): Promise<World> {
  let parts: RunningParts | undefined;
  try {
    await removeServiceFile(runDirectory);
    parts = await startParts(options);
    await writeServiceFile(runDirectory, { ...parts.parts, pid: process.pid, role: options.role });
  } catch (error) {
    await parts?.stop();
    lock.release();
    throw error;
  }
  const { settings, catalog, temporal, broken, stop } = parts;
  return {
    ...{ settings, catalog, temporal, broken },
    joined: false,
    close: async () => {
      await removeServiceFile(runDirectory);
      if (options.role === 'command') await joinedCommandsToEnd(runDirectory, options.signal);
      await stop();
      lock.release();
    },
  };
}

async function joinedCommandsToEnd(runDirectory: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const alone = await waitForLock(join(runDirectory, 'joined.lock'), { signal });
  alone.release();
}

// Undefined: the holder is not ready, has not what we need, or has just ended. The caller tries again.
async function joinHolder(options: PartsOptions, runDirectory: string): Promise<World | undefined> {
  const presence = tryLock(join(runDirectory, 'joined.lock'), { shared: true });
  const parts = presence && (await readServiceFile(runDirectory));
  if (!presence || !parts || !suffices(parts, options)) {
    presence?.release();
    return undefined;
  }
  const settings = withSampleDatabase(options.settings, parts.sample);
  const catalog = await openCatalog(settings.catalog ?? parts.catalog ?? noCatalog());
  const temporal = await linkTemporal(settings, parts.temporal, options.needs.temporal);
  return {
    ...{ settings, catalog, temporal },
    joined: true,
    broken: new Promise<never>(() => undefined),
    close: async () => {
      await temporal.close();
      await catalog.close();
      presence.release();
    },
  };
}

// A service joins nobody that ends soon: it waits for the command that holds the lock.
function suffices(parts: Parts, { settings, needs, role }: PartsOptions): boolean {
  if (role === 'service' && parts.role === 'command') return false;
  const temporal = parts.temporal !== null || settings.temporal.address !== null;
  return (!needs.temporal || temporal) && (!needs.worker || parts.worker);
}

function noCatalog(): never {
  throw new BackupError('conflict', 'the running process has no catalog for these settings', {
    hint: 'it was started with other settings: stop it, or give this command the same ones',
  });
}
