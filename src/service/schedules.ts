import type { Client, ScheduleSummary } from '@temporalio/client';
import {
  databaseOfSchedule,
  generalSchedules,
  scheduleIdPrefix,
  schedulesFor,
  type ScheduleDefinition,
} from '../domain/schedule.ts';
import { showScheduleTime } from '../domain/schedule-time.ts';
import type { Settings } from '../config.ts';
import { BackupError } from '../errors.ts';
import { nearestName } from '../domain/nearest-name.ts';
import {
  describeSchedule,
  ensureSchedule,
  ourSchedules,
  retireSchedule,
  scheduleIds,
  setPaused,
  triggerSchedule,
  type ScheduleChange,
} from '../temporal/schedules.ts';
import { runState, type RunState } from '../temporal/runs.ts';
import type { World } from './world.ts';

type TemporalWorld = Pick<World, 'settings' | 'temporal'>;

/** One schedule as it stands; what `schedules list` prints with `--json`. */
export interface ScheduleStatus {
  readonly id: string;
  /** null: it is about all of them. */
  readonly database: string | null;
  /** `full`, `cleanup`, `full/<module>`, `watchdog`, … */
  readonly name: string;
  /** As in the settings; null: they do not ask for it. */
  readonly when: string | null;
  readonly timeZone: string | null;
  /** ISO time; null: none, or it is paused. */
  readonly next: string | null;
  readonly last: {
    readonly at: string;
    readonly workflowId: string;
    readonly state: RunState;
  } | null;
  /** Runs under way. */
  readonly running: readonly string[];
  readonly paused: boolean;
  /** Why, where it is paused. */
  readonly note: string | null;
}

export interface MadeSchedule {
  readonly id: string;
  readonly change: ScheduleChange | 'retired';
}

/**
 * Makes the schedules of every database and corrects those whose settings changed. Those that the settings do not ask
 * for any more are paused with a note of ours, never deleted: what is told here as `retired`.
 */
export async function makeSchedules({
  settings,
  temporal,
}: TemporalWorld): Promise<MadeSchedule[]> {
  const { client } = temporal;
  const made: MadeSchedule[] = [];
  for (const { definition, enabled } of wantedSchedules(settings)) {
    const change = await ensureSchedule(client, definition, enabled);
    made.push({ id: definition.id, change });
  }
  const wanted = new Set(made.map(({ id }) => id));
  for (const id of await scheduleIds(client)) {
    if (!wanted.has(id) && (await retireSchedule(client, id))) made.push({ id, change: 'retired' });
  }
  return made;
}

/** Every schedule, those of the settings first, then what else is there of ours. */
export async function listSchedules({
  settings,
  temporal: { client },
}: TemporalWorld): Promise<ScheduleStatus[]> {
  const definitions = wantedSchedules(settings).map(({ definition }) => definition);
  const wanted = new Map(definitions.map((definition) => [definition.id, definition]));
  const listed = new Map((await ourSchedules(client)).map((each) => [each.scheduleId, each]));
  const ids = new Set([...wanted.keys(), ...[...listed.keys()].sort()]);
  const found: ScheduleStatus[] = [];
  for (const group of inGroups([...ids], 20)) {
    const read = group.map(async (id) => {
      // One that was made this second may not be listed yet.
      const schedule = listed.get(id) ?? (await describeSchedule(client, id));
      return schedule && statusOf(client, schedule, wanted.get(id));
    });
    found.push(...(await Promise.all(read)).filter((status) => status !== undefined));
  }
  return found;
}

/** Pauses a schedule for an operator: nobody but an operator resumes it. Throws `not_found`. */
export async function pauseSchedule(
  world: TemporalWorld,
  name: string,
  reason: string,
): Promise<string> {
  const id = await requireSchedule(world, name);
  const note = reason.trim() === '' ? 'paused by hand' : reason; // one that is empty pauses nothing
  await setPaused(world.temporal.client, id, { paused: true, note });
  return id;
}

/** Lets a schedule run again, whoever paused it. Throws `not_found`. */
export async function resumeSchedule(world: TemporalWorld, name: string): Promise<string> {
  const id = await requireSchedule(world, name);
  await setPaused(world.temporal.client, id, { paused: false, note: 'resumed' });
  return id;
}

/** Starts a run of a schedule now, unless one is under way. Throws `not_found`. */
export async function triggerNow(world: TemporalWorld, name: string): Promise<string> {
  const id = await requireSchedule(world, name);
  await triggerSchedule(world.temporal.client, id);
  return id;
}

function wantedSchedules(
  settings: Settings,
): { readonly definition: ScheduleDefinition; readonly enabled: boolean }[] {
  const ofDatabases = settings.databases.flatMap((database) =>
    schedulesFor(database, settings.timeZone).map((definition) => ({
      definition,
      enabled: database.enabled,
    })),
  );
  const general = generalSchedules.map((definition) => ({ definition, enabled: true }));
  return [...ofDatabases, ...general];
}

async function statusOf(
  client: Client,
  { scheduleId: id, state, info }: ScheduleSummary,
  definition: ScheduleDefinition | undefined,
): Promise<ScheduleStatus> {
  const database = databaseOfSchedule(id);
  const last = await lastRun(client, info);
  return {
    ...{ id, database },
    name: nameOf(id, database),
    ...wantedTime(definition),
    next: state.paused ? null : (info.nextActionTimes[0]?.toISOString() ?? null),
    last,
    // Runs of one schedule follow each other: only the last one can be under way.
    running: last?.state === 'running' ? [last.workflowId] : [],
    paused: state.paused,
    note: state.paused ? (state.note ?? '') : null,
  };
}

function wantedTime(
  definition: ScheduleDefinition | undefined,
): Pick<ScheduleStatus, 'when' | 'timeZone'> {
  if (!definition) return { when: null, timeZone: null };
  return { when: showScheduleTime(definition.when), timeZone: definition.timeZone };
}

function nameOf(id: string, database: string | null): string {
  return id.slice(scheduleIdPrefix.length + (database === null ? 0 : database.length + 1));
}

async function lastRun(
  client: Client,
  { recentActions }: ScheduleSummary['info'],
): Promise<ScheduleStatus['last']> {
  const last = recentActions.at(-1);
  if (!last) return null;
  const { workflowId } = last.action.workflow;
  return { at: last.takenAt.toISOString(), workflowId, state: await runState(client, workflowId) };
}

/** By id, or without `pma-backup/`. */
async function requireSchedule({ temporal }: TemporalWorld, name: string): Promise<string> {
  const id = name.startsWith(scheduleIdPrefix) ? name : `${scheduleIdPrefix}${name}`;
  if (await describeSchedule(temporal.client, id)) return id;
  const ids = await scheduleIds(temporal.client);
  const near = nearestName(id, ids);
  throw new BackupError('not_found', `there is no schedule '${name}'`, {
    hint: near === undefined ? 'pma-backup schedules' : `did you mean '${near}'?`,
  });
}

function inGroups<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
