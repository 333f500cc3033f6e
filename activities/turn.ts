import { databaseSettings, type DatabaseSettings, type Settings } from '../src/config.ts';
import type { RunOwner, TurnAnswer } from '../src/catalog/catalog.ts';
import type { BackupSummary } from '../src/domain/backup.ts';
import type { Run } from '../src/domain/run.ts';
import { formatCount } from '../src/domain/format.ts';
import { passGate, type Turn } from '../src/domain/turn.ts';
import type { Dependencies } from './dependencies.ts';
import { requireSummary } from './record.ts';
import { currentRun } from './reporting.ts';

/**
 * Asks whether the run may begin: one backup at a time of one database, so many on one host, so many dumps of one server,
 * and by a schedule only in the off-peak hours. Who has to wait is called by `giveBack`.
 */
export function takeTurn(deps: Dependencies) {
  return async (run: Run, bySchedule: boolean): Promise<Turn> => {
    const settings = deps.settings();
    const database = databaseSettings(settings, run.database);
    const gate = bySchedule
      ? passGate({
          kind: run.kind,
          window: database.schedules.window,
          timeZone: settings.timeZone,
          startedAt: new Date(run.triggeredAt),
          now: new Date(),
        })
      : { until: null };
    if ('state' in gate) return gate;
    const resources = resourcesOf(run, database, settings);
    const request = { owner: currentRun(), resources, dueAt: new Date(run.triggeredAt), ...gate };
    const answer = await deps.catalog.takeTurn(request);
    await call(deps, answer.given);
    if (answer.isTaken) return { state: 'taken' };
    if (answer.ahead < lookers && (await freeDead(deps, answer))) await handOver(deps);
    return { state: 'waiting', step: describeWait(run, answer) };
  };
}

/** Lets the next ones begin: gives back all that the run holds. */
export function finishRun(deps: Dependencies) {
  return (): Promise<void> => giveBack(deps, currentRun());
}

/** Gives back one place of a run, or all, and calls those whose turn it is now. */
export async function giveBack(
  deps: Dependencies,
  owner: RunOwner,
  resource?: string,
): Promise<void> {
  await deps.catalog.releaseLeases(owner, resource);
  await handOver(deps);
}

/** The place of a dump on its source server. */
export function serverPlace({ connection: { host, port } }: DatabaseSettings): string {
  return `server:${host}:${port}`;
}

/** Ends a run that came too late to be of use; nobody is alarmed. */
export function recordSkipped(deps: Dependencies) {
  return async (run: Run, reason: string): Promise<BackupSummary> => {
    await deps.catalog.finishBackup(run.id, { state: 'skipped', reason });
    return requireSummary(deps, run.id);
  };
}

// Of hundreds that wait the first few look whether a place is held by a run that is no more.
const lookers = 10;

function resourcesOf(run: Run, database: DatabaseSettings, { limits }: Settings) {
  return [
    { resource: `database:${run.database}`, capacity: 1 },
    { resource: `host:${run.queue}`, capacity: limits.runsPerWorker },
    { resource: serverPlace(database), capacity: limits.dumpsPerServer },
  ];
}

async function handOver(deps: Dependencies): Promise<void> {
  await call(deps, await deps.catalog.handOver());
}

// A run that was terminated while it waited cannot take what it was given: the next one gets it.
async function call(deps: Dependencies, given: readonly RunOwner[]): Promise<void> {
  let someGone = false;
  for (const owner of given) {
    if (await deps.runs.callToTurn(owner)) continue;
    await deps.catalog.releaseLeases(owner);
    someGone = true;
  }
  if (someGone) await handOver(deps);
}

async function freeDead(
  { catalog, runs }: Dependencies,
  { busy }: Pick<TurnAnswer, 'busy'>,
): Promise<boolean> {
  let someDead = false;
  for (const owner of busy.flatMap(({ holders }) => holders)) {
    if (await runs.isOpen(owner)) continue;
    await catalog.releaseLeases(owner);
    someDead = true;
  }
  return someDead;
}

function describeWait({ database }: Run, { ahead, busy }: TurnAnswer): string {
  const first = busy[0];
  const line = ahead === 0 ? '' : `, ${ahead} before this one in the line`;
  if (!first) return `its turn comes at once${line}`;
  if (first.resource.startsWith('database:')) return `another backup of '${database}' is running`;
  const [kind, ...rest] = first.resource.split(':');
  const running = (noun: string, place: string) => {
    const { length } = first.holders;
    return `${formatCount(length, noun)} ${place} ${length === 1 ? 'is' : 'are'} running${line}`;
  };
  return kind === 'host'
    ? running('backup', 'on this host')
    : running('dump', `of server '${rest.join(':')}'`);
}
