import type { BackupSummary } from '../domain/backup.ts';
import { schedulesFor } from '../domain/schedule.ts';
import { resultSummaries, type BackupResult } from '../domain/run.ts';
import { ensureSchedule, type ScheduleChange } from '../temporal/schedules.ts';
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

/**
 * Makes a full backup of each database that has no proven one yet (of each database when `always`), one after another,
 * and returns their summaries. A run that an earlier process left under way is followed instead of started again.
 */
export async function firstBackups(
  world: World,
  watch: Watch & { readonly always: boolean },
): Promise<BackupSummary[]> {
  const summaries: BackupSummary[] = [];
  for (const { name } of world.settings.databases) {
    const running = await openRun(world, name);
    if (running) {
      watch.onStarted(running.workflowId);
      const handle = world.temporal.client.workflow.getHandle(running.workflowId, running.runId);
      summaries.push(...resultSummaries(await followRun<BackupResult>(world, handle, watch)));
    } else if (
      watch.always ||
      !(await world.catalog.newest({ database: name, states: ['proven'] }))
    ) {
      const request = { database: name, kind: 'full' as const };
      summaries.push(...(await createBackup(world, request, { ...watch, wait: true })));
    }
  }
  return summaries;
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
