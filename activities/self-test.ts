import path from 'node:path';
import { cloudDestinations, databaseSettings } from '../src/config.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { selfTestDatabase, type SelfTestPlace } from '../src/domain/self-test.ts';
import { BackupError } from '../src/errors.ts';
import { keptFullPlace, removeKeptFull } from '../src/postgres/kept-full.ts';
import { changeThrowAway, dropThrowAway, makeThrowAway } from '../src/postgres/throw-away.ts';
import { removeTree } from '../src/system/files.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun, reporting, type Report } from './reporting.ts';

/** Throws `conflict` where another self-test is under way: they would throw away each other's database. */
export function startSelfTest({ catalog, runs }: Dependencies) {
  return async (): Promise<void> => {
    const lease = { resource: 'self-test', capacity: 1, owner: currentRun() };
    if (await catalog.takeLease(lease, (owner) => runs.isOpen(owner))) return;
    throw new BackupError('conflict', 'another self-test is under way', {
      hint: 'wait for its end',
    });
  };
}

/** The throw-away database, made anew; says whether our role is a superuser there. */
export function makeSelfTestDatabase(deps: Dependencies) {
  return (): Promise<{ readonly superuser: boolean }> =>
    busy(deps, async ({ signal }) => ({
      superuser: await makeThrowAway(connectionOf(deps), signal),
    }));
}

/** Something for an incremental to carry. */
export function changeSelfTestRows(deps: Dependencies) {
  return (): Promise<void> =>
    busy(deps, ({ signal }) => changeThrowAway(connectionOf(deps), signal));
}

/** Removes the databases of this self-test and of earlier ones. */
export function dropSelfTestDatabases(deps: Dependencies) {
  return (): Promise<void> => busy(deps, ({ signal }) => dropThrowAway(connectionOf(deps), signal));
}

/** Everywhere copies may lie: every cloud, and the disk of every host that took part. */
export function findSelfTestPlaces({ settings, catalog, hostId }: Dependencies) {
  return async (): Promise<SelfTestPlace[]> => {
    const { queues, copies } = await catalog.selfTestTraces();
    const hosts = copies.flatMap(({ host }) => (host === null ? [] : hostQueue(host)));
    const onDisk = [...new Set([hostQueue(hostId), ...queues, ...hosts])].map((queue) => ({
      ...{ destination: 'local', queue },
      isStored: hosts.includes(queue),
    }));
    const inClouds = cloudDestinations(settings()).map((destination) => ({
      ...{ destination, queue: null },
      isStored: copies.some((copy) => copy.destination === destination),
    }));
    return [...onDisk, ...inClouds];
  };
}

/** Removes all copies in one place, unfinished ones too, and the full that stays restored beside them. Says which a lock of the bucket keeps; null: none. */
export function removeSelfTestCopies(deps: Dependencies) {
  return (destination: string): Promise<string | null> =>
    busy(deps, async ({ signal }) => {
      if (destination !== 'local') return removeFromCloud(deps, destination, signal);
      const { location, stateDirectory } = deps.settings();
      await removeKeptFull(keptFullPlace(stateDirectory, selfTestDatabase));
      // The directory, too, which would say that such a database is protected.
      await removeTree(path.join(location, selfTestDatabase));
      return null;
    });
}

/** Removes what the catalog knows of self-tests. */
export function forgetSelfTests({ catalog }: Dependencies) {
  return (): Promise<void> => catalog.forgetSelfTests();
}

function busy<T>(deps: Dependencies, work: (report: Report) => Promise<T>): Promise<T> {
  return reporting(deps, 'resolve', '', work);
}

function connectionOf({ settings }: Dependencies) {
  return databaseSettings(settings(), selfTestDatabase).connection;
}

async function removeFromCloud(
  { storageToProbe }: Dependencies,
  destination: string,
  signal: AbortSignal,
): Promise<string | null> {
  // One that does not answer has kept the run waiting before.
  const storage = storageToProbe(destination);
  const prefix = storageKey(selfTestDatabase, '');
  let locked = 0;
  let until: Date | null = null;
  for await (const { key } of storage.list(prefix)) {
    signal.throwIfAborted();
    const result = await storage.delete(key);
    if (result.state !== 'locked') continue;
    locked += 1;
    if (result.until !== null && (until === null || result.until > until)) until = result.until;
  }
  await storage.discardUnfinished(prefix, new Date());
  if (locked === 0) return null;
  const when = until === null ? '' : `: kept until ${until.toISOString()}`;
  return `${locked} objects stay in '${destination}', which locks them${when}`;
}
