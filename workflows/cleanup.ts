import { isCancellation, log, workflowInfo } from '@temporalio/workflow';
import { cleanupAlarm } from '../src/domain/alarm.ts';
import {
  listedCopies,
  type CleanupInput,
  type CleanupResult,
  type CleanupScope,
  type DecidedCopy,
} from '../src/domain/cleanup.ts';
import type { Run } from '../src/domain/run.ts';
import { hostQueue, taskQueue } from '../src/temporal/names.ts';
import { failureOf, hostIsGone } from './failure.ts';
import { tellPeople } from './notify.ts';
import { orAlarm } from './or-alarm.ts';
import { trackProgress } from './progress.ts';
import { mender, onHost, upkeep } from './proxies.ts';

/** Deletes what the rules of retention do not keep, or says what it would delete. */
export async function cleanup(input: CleanupInput = {}): Promise<CleanupResult> {
  const progress = trackProgress();
  progress.enter('resolve');
  const scope = await beginning(input);
  progress.enter('expire');
  if (input.dryRun === true) return upkeep.previewCleanup(scope);
  try {
    const result = await cleanUp(scope);
    await discardUploads(scope);
    return result;
  } finally {
    progress.enter('notify');
    await tellPeople();
  }
}

function beginning(input: CleanupInput): Promise<CleanupScope> {
  const { database = null } = input;
  const what = `the clean-up of ${database === null ? 'all databases' : `'${database}'`}`;
  return orAlarm({ key: cleanupAlarm(database), database, what }, () =>
    upkeep.resolveCleanup(input),
  );
}

/** Best effort: what is not removed now is by the next clean-up. */
async function discardUploads({ databases, cloudDestinations }: CleanupScope): Promise<void> {
  for (const destination of cloudDestinations) {
    try {
      for (const { name } of databases) {
        await mender(taskQueue).discardUploads(name, destination);
      }
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn('unfinished uploads stay', { destination, error: failureOf(error).message });
    }
  }
}

/**
 * The end of a backup: deletes what is expired of its database on its host and in the cloud; other hosts wait for the
 * next clean-up. Best effort: the backup is there, and an alarm tells what went wrong.
 */
export async function expireAfter({ database, queue }: Run): Promise<void> {
  const sinceStart = (Date.now() - workflowInfo().startTime.getTime()) / 1000;
  try {
    const scope = await upkeep.resolveCleanup({ database }, sinceStart);
    await cleanUp(scope, (host) => host === null || hostQueue(host) === queue);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('what is expired could not be deleted', { error: String(error) });
  }
}

async function cleanUp(
  scope: CleanupScope,
  isInReach: (host: string | null) => boolean = () => true,
): Promise<CleanupResult> {
  try {
    return await story(scope, isInReach);
  } catch (error) {
    if (!isCancellation(error)) await upkeep.recordCleanupFailure(scope, failureOf(error));
    throw error;
  }
}

/** look at what has to be good → delete the incrementals → delete the others → conclude */
async function story(
  scope: CleanupScope,
  isInReach: (host: string | null) => boolean,
): Promise<CleanupResult> {
  const lost = new Set<string>();
  const answered = new Set<string>();
  const onEach = <T>(hosts: readonly (string | null)[], work: (at: AtHost) => Promise<T>) =>
    allDone(hosts.map((host) => unlessLost(at(host, scope), work, { lost, answered })));
  let { toCheck, toDelete } = await upkeep.planCleanup(scope);
  const inReach = (hosts: readonly (string | null)[]) =>
    hosts.filter((host) => isInReach(host) && (host === null || !lost.has(host)));
  // A copy that turns out not to be good makes another plan, with another copy to look at.
  for (let looks = 0; looks < mostLooks && inReach(toCheck).length > 0; looks++) {
    await onEach(inReach(toCheck), ({ host, activities }) => activities.checkFirst(scope, host));
    ({ toCheck, toDelete } = await upkeep.planCleanup(scope));
  }
  const refused: DecidedCopy[] = [];
  for (const round of ['incrementals', 'others'] as const) {
    const left = await onEach(inReach(toDelete), ({ host, activities }) =>
      activities.expire(scope, host, round),
    );
    refused.push(...left.flatMap((copies) => copies ?? []));
  }
  return upkeep.concludeCleanup(scope, {
    refused: refused.slice(0, listedCopies),
    lostHosts: [...lost],
    answered: [...answered],
  });
}

// Where so many copies in a row are not good, nothing is deleted.
const mostLooks = 100;

interface AtHost {
  readonly host: string | null;
  readonly activities: ReturnType<typeof onHost>;
}

function at(host: string | null, { hostPatienceSeconds }: CleanupScope): AtHost {
  const queue = host === null ? taskQueue : hostQueue(host);
  return { host, activities: onHost(queue, hostPatienceSeconds) };
}

// A host that is away keeps its copies; the others are cleaned up all the same.
async function unlessLost<T>(
  place: AtHost,
  work: (at: AtHost) => Promise<T>,
  { lost, answered }: { readonly lost: Set<string>; readonly answered: Set<string> },
): Promise<T | undefined> {
  const { host } = place;
  try {
    const result = await work(place);
    if (host !== null) answered.add(host);
    return result;
  } catch (error) {
    if (host === null || !hostIsGone(error)) throw error;
    lost.add(host);
    return undefined;
  }
}

// The others are waited for even when one fails: what they deleted has been deleted.
async function allDone<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(works);
  return settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
