import { cloudDestinations, databaseSettings, retentionRules } from '../src/config.ts';
import {
  decidedCopies,
  listedCopies,
  planDatabase,
  type CleanupInput,
  type CleanupResult,
  type CleanupScope,
  type CleanupWork,
  type DatabasePlan,
  type DecidedCopies,
  type DecidedCopy,
  type StoppedSeries,
} from '../src/domain/cleanup.ts';
import { cleanupAlarm, hostAlarm } from '../src/domain/alarm.ts';
import type { RetentionStop } from '../src/domain/retention.ts';
import type { Failure } from '../src/domain/run.ts';
import type { Dependencies } from './dependencies.ts';
import { requireFields } from './input.ts';
import { currentRun, reporting } from './reporting.ts';

/**
 * Fills what was typed from the settings of this worker: which databases, and what they keep. A check counts that is not
 * older than `checkedWithin` seconds.
 */
export function resolveCleanup({ settings, catalog }: Dependencies) {
  return async (input: CleanupInput, checkedWithin = 0): Promise<CleanupScope> => {
    requireFields(input, { database: 'string', dryRun: 'boolean', force: 'boolean' });
    const { database, force = false } = input;
    const current = settings();
    const chosen =
      database === undefined ? current.databases : [databaseSettings(current, database)];
    // By the clock that dates the checks: by another one a fresh check might never be young enough.
    const since = new Date((await catalog.now()).getTime() - checkedWithin * 1000);
    return {
      databases: chosen.map((each) => ({ name: each.name, ...retentionRules(each) })),
      cloudDestinations: cloudDestinations(current),
      timeZone: current.timeZone,
      hostPatienceSeconds: current.hostPatienceSeconds,
      ...{ force, since: since.toISOString() },
    };
  };
}

/** What there is to do now, and on which hosts. */
export function planCleanup(deps: Dependencies) {
  return async (scope: CleanupScope): Promise<CleanupWork> =>
    reporting(deps, 'expire', '', async () => {
      const toCheck = new Set<string | null>();
      const toDelete = new Set(await deps.catalog.hostsToTidy());
      for await (const { plan } of eachPlan(deps, scope)) {
        for (const { host } of plan.unchecked) toCheck.add(host);
        for (const { host } of plan.doomed) toDelete.add(host);
      }
      return { toCheck: [...toCheck], toDelete: [...toDelete] };
    });
}

/** What would be deleted, and why; nothing is. */
export function previewCleanup(deps: Dependencies) {
  return async (scope: CleanupScope): Promise<CleanupResult> =>
    reporting(deps, 'expire', '', async () => {
      const { deleted, kept, stops } = await survey(deps, scope);
      return { dryRun: true, deleted, kept, stops, refused: [], lostHosts: [] };
    });
}

/** How the work on the hosts went. */
export interface CleanupOutcome {
  readonly refused: readonly DecidedCopy[];
  readonly lostHosts: readonly string[];
  readonly answered: readonly string[];
}

/** Tells what this run deleted and what is kept, and raises the alarms that are due. */
export function concludeCleanup(deps: Dependencies) {
  return async (scope: CleanupScope, outcome: CleanupOutcome): Promise<CleanupResult> =>
    reporting(deps, 'expire', '', async () => {
      const { lostHosts } = outcome;
      const refused = once(outcome.refused);
      const { kept, stops, due } = await survey(deps, scope);
      const deleted = await deps.catalog.deletedBy(currentRun().runId, listedCopies);
      for (const { name } of scope.databases) {
        await tellStop(deps, name, stops);
        await tellRefused(deps, name, { refused, isDue: due.has(name) });
      }
      await tellHosts(deps, outcome);
      await clearFailures(deps, scope);
      return { dryRun: false, deleted, kept, stops, refused, lostHosts };
    });
}

/** One that was refused half-way is tried in the next round, too. */
function once(copies: readonly DecidedCopy[]): DecidedCopy[] {
  const key = ({ backup, destination, host }: DecidedCopy) =>
    JSON.stringify([backup, destination, host]);
  return [...new Map(copies.map((copy) => [key(copy), copy])).values()];
}

/** Raises the alarm that a clean-up could not be brought to its end. */
export function recordCleanupFailure({ catalog }: Dependencies) {
  return async ({ databases }: CleanupScope, { code, message, hint }: Failure): Promise<void> => {
    const [only, ...others] = databases;
    const database = only && others.length === 0 ? only.name : null;
    await catalog.raiseAlarm({
      ...{ key: cleanupAlarm(database), database, code },
      message: `the clean-up of ${database === null ? 'all databases' : `'${database}'`} failed: ${message}`,
      hint: hint ?? `pma-backup cleanup ${database ?? ''}`.trim(),
    });
  };
}

/** The plans of all databases of a clean-up, one in memory at a time; a run that is closed protects nothing any more. */
export async function* eachPlan(
  deps: Dependencies,
  scope: CleanupScope,
): AsyncGenerator<{ readonly database: string; readonly plan: DatabasePlan }> {
  await releaseDeadLeases(deps);
  for (const database of scope.databases) {
    const backups = await deps.catalog.retentionBackups(database.name);
    // The clock is read after the catalog: a backup begun in between would seem to be in the future.
    yield { database: database.name, plan: planDatabase(backups, database, scope, new Date()) };
  }
}

async function releaseDeadLeases({ catalog, runs }: Dependencies): Promise<void> {
  for (const owner of await catalog.leaseOwners('backup:')) {
    if (!(await runs.isOpen(owner))) await catalog.releaseLeases(owner);
  }
}

interface Survey {
  readonly deleted: DecidedCopies;
  readonly kept: DecidedCopies;
  readonly stops: StoppedSeries[];
  /** Databases of which something has still to go. */
  readonly due: ReadonlySet<string>;
}

async function survey(deps: Dependencies, scope: CleanupScope): Promise<Survey> {
  const due = await halfDeleted(deps);
  let found: Survey = { deleted: decidedCopies([]), kept: decidedCopies([]), stops: [], due };
  for await (const { database, plan } of eachPlan(deps, scope)) {
    found = {
      deleted: joined(found.deleted, plan.doomed),
      kept: joined(found.kept, plan.kept),
      stops: [...found.stops, ...plan.stops.map(stoppedSeries)],
      due: plan.doomed.length > 0 ? new Set([...found.due, database]) : found.due,
    };
  }
  return found;
}

/** Databases with copies of which some files are gone and others are not. */
async function halfDeleted({ catalog }: Dependencies): Promise<Set<string>> {
  const begun = await Promise.all(
    (await catalog.hostsToTidy()).map((host) => catalog.unfinishedDeletes(host)),
  );
  return new Set(begun.flat().map(({ database }) => database));
}

function joined(before: DecidedCopies, more: readonly DecidedCopy[]): DecidedCopies {
  const { count, bytes, copies } = decidedCopies(more.map(asDecided));
  return {
    count: before.count + count,
    bytes: before.bytes + bytes,
    copies: [...before.copies, ...copies].slice(0, listedCopies),
  };
}

function asDecided({ backup, destination, host, bytes, reason }: DecidedCopy): DecidedCopy {
  return { backup, destination, host, bytes, reason };
}

function stoppedSeries({ database, module, kind, destination, host, reason }: RetentionStop) {
  const of = module === null ? kind : `${kind} of module '${module}'`;
  const place = host === null ? `'${destination}'` : `'${destination}' of host ${host}`;
  return { database, series: `${of} in ${place}`, reason };
}

async function tellStop(
  { catalog }: Dependencies,
  database: string,
  stops: readonly StoppedSeries[],
): Promise<void> {
  const stopped = stops.filter((stop) => stop.database === database);
  await tell(catalog, `cleanup-stopped:${database}`, stopped.length > 0, {
    database,
    message: `the clean-up of '${database}' stopped: ${stopped
      .slice(0, 3)
      .map(({ series, reason }) => `${series}: ${reason}`)
      .join('; ')}`,
    hint: `look at it: pma-backup cleanup ${database} --dry-run --force; if it is right, without --dry-run`,
  });
}

// The clean-up at the end of a backup asks one host only: what is due on others may still be refused there.
async function tellRefused(
  { catalog }: Dependencies,
  database: string,
  { refused, isDue }: { readonly refused: readonly DecidedCopy[]; readonly isDue: boolean },
): Promise<void> {
  const stayed = refused.filter(({ backup }) => backup.startsWith(`${database}_`));
  const [first] = stayed;
  if (!first && isDue) return;
  await tell(catalog, `cleanup-refused:${database}`, first !== undefined, {
    database,
    message: `${stayed.length} expired copies of '${database}' could not be deleted: '${first?.backup ?? ''}' in '${first?.destination ?? ''}': ${first?.reason ?? ''}`,
    hint: `remove the reason, then: pma-backup cleanup ${database}`,
  });
}

async function tellHosts(
  { catalog }: Dependencies,
  { lostHosts, answered }: CleanupOutcome,
): Promise<void> {
  for (const host of answered) await catalog.clearAlarm(hostAlarm(host));
  for (const host of lostHosts) {
    await tell(catalog, hostAlarm(host), true, {
      database: null,
      message: `host ${host} does not answer: the expired copies on its disk stay`,
      hint: `start its worker: pma-backup worker; if it is gone for good: pma-backup catalog forget-host ${host}`,
    });
  }
}

async function clearFailures(
  { catalog, settings }: Dependencies,
  { databases }: CleanupScope,
): Promise<void> {
  for (const { name } of databases) await catalog.clearAlarm(cleanupAlarm(name));
  if (databases.length === settings().databases.length)
    await catalog.clearAlarm(cleanupAlarm(null));
}

async function tell(
  catalog: Dependencies['catalog'],
  key: string,
  isWrong: boolean,
  alarm: { database: string | null; message: string; hint: string },
): Promise<void> {
  if (isWrong) await catalog.raiseAlarm({ key, ...alarm });
  else await catalog.clearAlarm(key);
}
