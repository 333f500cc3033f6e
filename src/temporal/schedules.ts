import { createHash } from 'node:crypto';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleHandle,
  ScheduleOverlapPolicy,
  type ScheduleOptions,
} from '@temporalio/client';
import type { ScheduleDefinition } from '../domain/schedule.ts';
import { taskQueue } from './names.ts';

/** How a pause by BACKUP_ENABLED=false is told from an operator's, which we never touch. */
export const ourPauseNote = 'paused by pma-backup: BACKUP_ENABLED is false';

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
  const change = await createOrUpdate(client, handle, definition, enabled);
  await keepPauseInStep(handle, enabled);
  return change;
}

async function createOrUpdate(
  client: Client,
  handle: ScheduleHandle,
  definition: ScheduleDefinition,
  enabled: boolean,
): Promise<ScheduleChange> {
  const wanted = scheduleOptions(definition);
  try {
    const state = enabled ? {} : { state: { paused: true, note: ourPauseNote } };
    await client.schedule.create({ ...wanted, ...state });
    return 'created';
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
  // The server rewrites what it is given: only our own mark tells whether it is still what we want.
  const { action } = await handle.describe();
  if (action.memo?.['definition'] === wanted.action.memo.definition) return 'unchanged';
  await handle.update((previous) => ({ ...wanted, state: previous.state }));
  return 'updated';
}

async function keepPauseInStep(handle: ScheduleHandle, enabled: boolean): Promise<void> {
  const { state } = await handle.describe();
  if (!enabled && !state.paused) await handle.pause(ourPauseNote);
  if (enabled && state.paused && state.note === ourPauseNote)
    await handle.unpause('BACKUP_ENABLED is true again');
}

function scheduleOptions(definition: ScheduleDefinition) {
  const { id, workflowType, workflowId, input, summary, when, timeZone } = definition;
  return {
    scheduleId: id,
    spec: {
      ...('cron' in when ? { cronExpressions: [when.cron] } : { calendars: [calendar(when)] }),
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

const weekdays = [
  'SUNDAY',
  'MONDAY',
  'TUESDAY',
  'WEDNESDAY',
  'THURSDAY',
  'FRIDAY',
  'SATURDAY',
] as const;

function calendar({ hour, minute, weekday }: { hour: number; minute: number; weekday?: number }) {
  const day = weekday === undefined ? undefined : weekdays[weekday];
  return { hour, minute, ...(day === undefined ? {} : { dayOfWeek: day }) };
}
