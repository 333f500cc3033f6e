import type { WorkflowHandle } from '@temporalio/client';
import type { MadeKind } from '../domain/backup-name.ts';
import type { BackupSummary } from '../domain/backup.ts';
import { resultSummaries, type BackupInput, type BackupResult } from '../domain/run.ts';
import { BackupError } from '../errors.ts';
import { backupOf } from '../temporal/failure.ts';
import { taskQueue, workflowId } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

export interface BackupRequest {
  readonly database?: string;
  readonly kind?: MadeKind;
  readonly module?: string;
}

/**
 * Starts a backup and, where `watch.wait`, follows it to its end. Returns a summary for each database, none without
 * waiting. A backup that failed its proof is a summary with state `failed`; every other failure is thrown. Aborting
 * the signal cancels the run and throws `cancelled`.
 */
export async function createBackup(
  world: World,
  request: BackupRequest,
  watch: Watch & { readonly wait: boolean },
): Promise<BackupSummary[]> {
  if (!watch.wait) {
    watch.onStarted((await startBackup(world, request)).workflowId);
    return [];
  }
  try {
    return await backUp(world, request, watch);
  } catch (error) {
    const failed = await failedProof(world, error);
    if (failed) return [failed];
    throw error;
  }
}

/** Backs up and waits. Throws every failure, `proof_failed` too, and as above when the signal is aborted. */
export async function backUp(
  world: World,
  request: BackupRequest,
  watch: Watch,
): Promise<BackupSummary[]> {
  const handle = await startBackup(world, request);
  watch.onStarted(handle.workflowId);
  return resultSummaries(await followRun<BackupResult>(world, handle, watch));
}

/** Starts a backup by Temporal; the id is readable in its UI. */
export async function startBackup(
  { temporal: { client } }: Pick<World, 'temporal'>,
  request: BackupRequest,
): Promise<WorkflowHandle> {
  const { database = 'all', kind = 'full', module = null } = request;
  const input: BackupInput = request;
  return client.workflow.start('backup', {
    taskQueue,
    workflowId: workflowId({ database, kind, module }, new Date()),
    workflowIdConflictPolicy: 'USE_EXISTING', // twice within a second is once
    args: [input],
    staticSummary: `${kind} backup of ${database === 'all' ? 'all databases' : database}`,
  });
}

// The run of a failed proof fails, but there is an artifact and a report: the caller gets them.
async function failedProof({ catalog }: World, error: unknown): Promise<BackupSummary | undefined> {
  if (!(error instanceof BackupError) || error.code !== 'proof_failed') return undefined;
  const id = backupOf(error);
  return id === undefined ? undefined : await catalog.summary(id);
}
