import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
  type ScheduleSummary,
  isGrpcDeadlineError,
} from '@temporalio/client';
import type { ScheduleDefinition } from '../domain/schedule.ts';
import { weekdays, type ScheduleTime } from '../domain/schedule-time.ts';
import { scheduleIdPrefix } from '../domain/schedule.ts';
import { askWithin } from './connection.ts';
import { taskQueue } from './names.ts';

// How our pauses are told from an operator's, which we never touch.
const ourNote = 'paused by pma-backup: ';

/** Why we pause a schedule ourselves: its note in Temporal. */
export const pauseNotes = {
  disabled: `${ourNote}BACKUP_ENABLED is false`,
  unwanted: `${ourNote}the settings do not ask for it any more`,
} as const;

export type ScheduleChange = 'created' | 'updated' | 'unchanged';

/**
 * Makes a schedule or brings it up to date; called at every start. One that did not change is not written: an update
 * would drop actions that are due. A pause, whoever made it, survives an update.
 */
export async function ensureSchedule(
  client: Client,
  definition: ScheduleDefinition,
  enabled: boolean,
): Promise<ScheduleChange> {
  const handle = client.schedule.getHandle(definition.id);
  const wanted = scheduleOptions(definition);
  try {
    const state = enabled ? {} : { state: { paused: true, note: pauseNotes.disabled } };
    await client.schedule.create({ ...wanted, ...state });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  const { action, state } = await describe(client, handle);
  // The server rewrites what it is given: only our own mark tells whether it is still what we want.
  const isSame = action.memo?.['definition'] === wanted.action.memo.definition;
  const pause = pauseInStep(state, enabled);
  if (isSame) {
    if (pause) await setPaused(client, definition.id, pause);
    return 'unchanged';
  }
  // In one request: a pause that follows an update may come before it in Temporal, and is lost.
  await handle.update(({ state: before }) => ({ ...wanted, state: { ...before, ...pause } }));
  if (pause) await untilTold(client, definition.id, pause);
  return 'updated';
}

/** Pauses a schedule that nobody asks for any more; false: it was paused before. */
export async function retireSchedule(client: Client, id: string): Promise<boolean> {
  const { state } = await describe(client, client.schedule.getHandle(id));
  if (state.paused) return false;
  await setPaused(client, id, { paused: true, note: pauseNotes.unwanted });
  return true;
}

/**
 * All schedules of ours, in short, as Temporal's list has them: a change is told there within a second, a new one may
 * be missing as long. Who looks at all of them takes this: to describe a schedule is to query its workflow, and of a
 * thousand queries one or two wait for 5 or 30 seconds.
 */
export async function ourSchedules(client: Client): Promise<ScheduleSummary[]> {
  const found: ScheduleSummary[] = [];
  for await (const schedule of client.schedule.list()) {
    if (schedule.scheduleId.startsWith(scheduleIdPrefix)) found.push(schedule);
  }
  return found;
}

/** Their ids. */
export async function scheduleIds(client: Client): Promise<string[]> {
  return (await ourSchedules(client)).map(({ scheduleId }) => scheduleId).sort();
}

/** One schedule as Temporal has it, right now; undefined: there is none of that id. */
export async function describeSchedule(
  client: Client,
  id: string,
): Promise<ScheduleDescription | undefined> {
  try {
    return await describe(client, client.schedule.getHandle(id));
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

const hungMilliseconds = 3000;

// It is a query to the schedule's workflow: where one hangs, the next is answered at once.
async function describe(
  client: Client,
  handle: ScheduleHandle,
  tries = 3,
): Promise<ScheduleDescription> {
  if (tries === 1) return handle.describe();
  try {
    return await client.connection.withDeadline(Date.now() + hungMilliseconds, () =>
      handle.describe(),
    );
  } catch (error) {
    if (!(error instanceof Error && isGrpcDeadlineError(error.cause))) throw error;
    return describe(client, handle, tries - 1);
  }
}

interface Pause {
  readonly paused: boolean;
  readonly note: string;
}

/**
 * Pauses a schedule, with a note that says why, or lets it run again, and waits until the list tells so: else whoever
 * looks next sees the state of before.
 */
export async function setPaused(
  client: Client,
  id: string,
  { paused, note }: Pause,
): Promise<void> {
  const handle = client.schedule.getHandle(id);
  await (paused ? handle.pause(note) : handle.unpause(note));
  await untilTold(client, id, { paused, note });
}

async function untilTold(client: Client, id: string, { paused, note }: Pause): Promise<void> {
  const isTold = ({ scheduleId, state }: ScheduleSummary) =>
    scheduleId === id && state.paused === paused && (!paused || state.note === note);
  for (let tries = 0; tries < 30; tries++) {
    if ((await ourSchedules(client)).some(isTold)) return;
    await sleep(100);
  }
}

/** Starts a run now, unless one of this schedule is under way. */
export async function triggerSchedule(client: Client, id: string): Promise<void> {
  await client.schedule.getHandle(id).trigger(ScheduleOverlapPolicy.SKIP);
}

/** What tells whether a schedule does what it should. */
export interface ScheduleHealth {
  readonly id: string;
  readonly next: readonly string[];
  /** When it last started a run, was made or was changed. */
  readonly lastSign: string;
  readonly running: boolean;
  /** By somebody other than us. */
  readonly paused: boolean;
  readonly note: string;
}

/** How every schedule of ours stands that we want to run. Throws `temporal_unreachable`. */
export async function scheduleHealth(client: Client, patience: number): Promise<ScheduleHealth[]> {
  return askWithin(client, patience, async () => {
    const ids = await scheduleIds(client);
    const found = await Promise.all(ids.map((id) => describeSchedule(client, id)));
    return found
      .filter((each) => each !== undefined)
      .filter(({ state }) => !(state.paused && isOurPause(state.note)))
      .map(healthOf);
  });
}

function healthOf({ scheduleId, state, info }: ScheduleDescription): ScheduleHealth {
  const signs = [info.createdAt, info.lastUpdatedAt, info.recentActions.at(-1)?.takenAt];
  return {
    id: scheduleId,
    next: info.nextActionTimes.map((time) => time.toISOString()),
    lastSign: new Date(Math.max(...signs.map((time) => time?.getTime() ?? 0))).toISOString(),
    running: info.runningActions.length > 0,
    paused: state.paused,
    note: state.note ?? '',
  };
}

/** Whether a pause is ours, by its note. */
function isOurPause(note: string | undefined): boolean {
  return note?.startsWith(ourNote) ?? false;
}

/** What is to change of a pause where the settings changed their mind; undefined: nothing. */
function pauseInStep(
  { paused, note }: ScheduleDescription['state'],
  enabled: boolean,
): Pause | undefined {
  if (!enabled && !paused) return { paused: true, note: pauseNotes.disabled };
  if (enabled && paused && isOurPause(note))
    return { paused: false, note: 'wanted by the settings again' };
  return undefined;
}

function scheduleOptions(definition: ScheduleDefinition) {
  const { id, workflowType, workflowId, input, summary, when, timeZone } = definition;
  return {
    scheduleId: id,
    spec: {
      ...spec(when),
      timezone: timeZone,
      jitter: definition.jitterSeconds * 1000,
    },
    action: {
      type: 'startWorkflow' as const,
      workflowType,
      workflowId,
      taskQueue,
      args: [input],
      staticSummary: summary,
      memo: { definition: createHash('sha256').update(JSON.stringify(definition)).digest('hex') },
    },
    policies: {
      overlap: {
        'buffer-one': ScheduleOverlapPolicy.BUFFER_ONE,
        skip: ScheduleOverlapPolicy.SKIP,
      }[definition.overlap],
      catchupWindow: definition.catchUpHours * 3_600_000,
      pauseOnFailure: false, // one failure would silently stop all later backups
    },
  } satisfies ScheduleOptions;
}

function spec(when: ScheduleTime) {
  if ('cron' in when) return { cronExpressions: [when.cron] };
  const { times, weekday, day } = when;
  const on = {
    ...(weekday === undefined ? {} : { dayOfWeek: dayNames[weekday] ?? 'SUNDAY' }),
    ...(day === undefined ? {} : { dayOfMonth: day }),
  };
  return { calendars: times.map((time) => ({ ...time, ...on })) };
}

type DayName = Uppercase<(typeof weekdays)[number]>;
const dayNames = weekdays.map((name) => name.toUpperCase() as DayName);
