import type { BackupSummary } from '../domain/backup.ts';
import { resultSummaries, type BackupResult } from '../domain/run.ts';
import { toBackupError, type BackupError } from '../errors.ts';
import { createBackup } from './create-backup.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

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
