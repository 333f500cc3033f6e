import type { BackupSummary } from '../domain/backup.ts';
import { schedulesFor } from '../domain/schedule.ts';
import { resultSummaries, type BackupResult } from '../domain/run.ts';
import { ensureSchedule, type ScheduleChange } from '../temporal/schedules.ts';
import { toBackupError, type BackupError } from '../errors.ts';
import { createBackup } from './create-backup.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

/** Makes the schedules of every database, and corrects those whose settings changed. */
export async function makeSchedules(
  world: World,
): Promise<{ readonly id: string; readonly change: ScheduleChange }[]> {
  const { settings, temporal } = world;
  const made = [];
  for (const database of settings.databases) {
    for (const definition of schedulesFor({ ...database, timeZone: settings.timeZone })) {
      const change = await ensureSchedule(temporal.client, definition, database.enabled);
      made.push({ id: definition.id, change });
    }
  }
  return made;
}

export interface FirstBackups {
  readonly summaries: BackupSummary[];
  readonly failures: { readonly database: string; readonly error: BackupError }[];
}

/**
 * Makes a full backup of each database that has no proven one yet (of each database when `always`), one after another.
 * A run that an earlier process left under way is followed instead of started again. One database's failure touches no
 * other; throws `cancelled` alone.
 */
export async function firstBackups(
  world: World,
  watch: Watch & { readonly always: boolean },
): Promise<FirstBackups> {
  const made: FirstBackups = { summaries: [], failures: [] };
  for (const { name } of world.settings.databases) {
    try {
      made.summaries.push(...(await firstBackup(world, name, watch)));
    } catch (error) {
      if (watch.signal.aborted) throw error;
      made.failures.push({ database: name, error: toBackupError(error) });
    }
  }
  return made;
}

async function firstBackup(
  world: World,
  database: string,
  watch: Watch & { readonly always: boolean },
): Promise<BackupSummary[]> {
  const running = await openRun(world, database);
  if (running) {
    watch.onStarted(running.workflowId);
    const handle = world.temporal.client.workflow.getHandle(running.workflowId, running.runId);
    return resultSummaries(await followRun<BackupResult>(world, handle, watch));
  }
  const has = await world.catalog.newest({ database, states: ['proven'] });
  if (has && !watch.always) return [];
  return createBackup(world, { database, kind: 'full' }, { ...watch, wait: true });
}

async function openRun({ catalog, temporal }: World, database: string) {
  for (const run of await catalog.runningBackups()) {
    if (run.database !== database || run.kind !== 'full') continue;
    const { status } = await temporal.client.workflow
      .getHandle(run.workflowId, run.runId)
      .describe();
    if (status.name === 'RUNNING') return run;
  }
  return undefined;
}
