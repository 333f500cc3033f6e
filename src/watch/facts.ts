import { heldKeys } from '../artifact/encryption.ts';
import { cloudDestinations, type Settings } from '../config.ts';
import { lockedBackups } from '../domain/readers.ts';
import { databaseOfSchedule } from '../domain/schedule.ts';
import type {
  WatchedDatabase,
  WatchedDestination,
  WatchedDisk,
  WatchedSchedule,
  WatchFacts,
} from '../domain/watch.ts';
import { toBackupError } from '../errors.ts';
import { databaseBytes } from '../postgres/database-size.ts';
import { freeBytes } from '../system/disk.ts';
import type { WatchDependencies } from './dependencies.ts';
import { probe } from './probe.ts';

/** All that the watch judges by. Throws only what the catalog throws. */
export async function gatherFacts(deps: WatchDependencies, now: Date): Promise<WatchFacts> {
  const settings = deps.settings();
  const [schedules, disks, destinations] = await Promise.all([
    readSchedules(deps, settings, now),
    deps.hasWorker ? readDisks(deps, settings) : [],
    probeDestinations(deps, settings),
  ]);
  return {
    databases: await readDatabases(deps, settings, now),
    ...{ schedules, disks, destinations },
    locked: await readLocked(deps, settings, now),
    idleSince: await readIdleSince(deps, now),
  };
}

async function readDatabases(
  { catalog }: WatchDependencies,
  settings: Settings,
  now: Date,
): Promise<WatchedDatabase[]> {
  const freshness = await catalog.freshness();
  const wanted = settings.databases.filter(({ enabled }) => enabled);
  const names = wanted.map(({ name }) => name);
  const offsite = cloudDestinations(settings).length > 0 ? names : [];
  const wantedSince = await catalog.rememberSince('wanted', names, now);
  const offsiteSince = await catalog.rememberSince('offsite', offsite, now);
  return wanted.map(({ name, objectives }) => ({
    ...unknown,
    ...freshness.find((known) => known.name === name),
    ...{ name, objectives },
    wantedSince: wantedSince.get(name) ?? now.toISOString(),
    offsiteSince: offsiteSince.get(name) ?? null,
  }));
}

const unknown = { newestProven: null, newestOffsite: null, lastRestoreTest: null };

async function readSchedules(
  { runs, catalog }: WatchDependencies,
  settings: Settings,
  now: Date,
): Promise<WatchFacts['schedules']> {
  let health: Awaited<ReturnType<typeof runs.scheduleHealth>>;
  try {
    health = await runs.scheduleHealth();
  } catch (error) {
    return { unreachable: toBackupError(error).message };
  }
  const idsOf = (found: typeof health) => found.map(({ id }) => id);
  const paused = idsOf(health.filter((each) => each.paused));
  const going = idsOf(health.filter((each) => !each.paused));
  const pausedSince = await catalog.rememberSince('paused', paused, now);
  const goingSince = await catalog.rememberSince('going', going, now);
  const names = settings.databases.map(({ name }) => name);
  return health.map(({ id, next, lastSign, running, note }): WatchedSchedule => {
    const database = databaseOfSchedule(id);
    return {
      ...{ id, next, running, note },
      database: database !== null && names.includes(database) ? database : null,
      // One that was paused is not overdue when it goes on.
      lastSign: [lastSign, goingSince.get(id) ?? ''].sort().at(-1) ?? lastSign,
      pausedSince: pausedSince.get(id) ?? null,
    };
  });
}

// The dump, its sealed file, and the restored database where the scratch server lies on the same disk.
const spaceFactor = 3;
const sizeSeconds = 10;

async function readDisks(
  { hostId }: WatchDependencies,
  { databases, stateDirectory, location }: Settings,
): Promise<WatchedDisk[]> {
  const sizes = await Promise.allSettled(
    databases.map(({ connection }) =>
      databaseBytes(connection, AbortSignal.timeout(sizeSeconds * 1000)),
    ),
  );
  // One that does not answer now says so when it is backed up.
  const known = sizes.flatMap((size) => (size.status === 'fulfilled' ? [size.value] : []));
  const needed = Math.max(0, ...known) * spaceFactor;
  const directories = [...new Set([stateDirectory, location])];
  return Promise.all(
    directories.map(async (directory) => ({
      ...{ host: hostId, directory, needed },
      free: await freeBytes(directory),
    })),
  );
}

async function probeDestinations(
  { storage, hostId, hasWorker }: WatchDependencies,
  settings: Settings,
): Promise<WatchedDestination[]> {
  const clouds = cloudDestinations(settings);
  return Promise.all(
    (hasWorker ? ['local', ...clouds] : clouds).map(async (name) => {
      const found = await probe(storage(name), hostId);
      if (found === null) return { name, host: hostId, problem: null };
      const { message, hint, error } = found;
      return { name, host: hostId, problem: { message, hint, code: error?.code ?? null } };
    }),
  );
}

// A host that did not look for so long is gone, and its keys with it.
const day = 24 * 3_600_000;

/** Tells the others which keys are here, and what nobody has the key for. */
async function readLocked(
  { catalog, hostId: host, hasWorker }: WatchDependencies,
  { encryption }: Settings,
  now: Date,
): Promise<WatchFacts['locked']> {
  if (!hasWorker) return undefined;
  await catalog.rememberKeys({ host, keys: await heldKeys(encryption), now });
  const locked = encryption.keyElsewhere ? null : await findLocked(catalog, now);
  const since = await catalog.rememberSince('locked', locked ? ['key'] : [], now);
  return locked && { ...locked, since: since.get('key') ?? now.toISOString() };
}

async function findLocked(catalog: WatchDependencies['catalog'], now: Date) {
  const holders = await catalog.keyHolders(new Date(now.getTime() - day));
  const held = holders.flatMap(({ keys }) => keys);
  return lockedBackups(await catalog.sealedBackups(), held);
}

/** Since when no worker asks for work; undefined: Temporal does not say. */
async function readIdleSince(
  { runs, catalog }: WatchDependencies,
  now: Date,
): Promise<WatchFacts['idleSince']> {
  const workers = await runs.workers().catch(() => undefined);
  if (workers === undefined) return undefined;
  const since = await catalog.rememberSince('idle', workers > 0 ? [] : ['workers'], now);
  return since.get('workers') ?? null;
}
