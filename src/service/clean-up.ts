import type { WorkflowHandle } from '@temporalio/client';
import type { CleanupInput, CleanupResult } from '../domain/cleanup.ts';
import { taskQueue } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

/** Deletes what the rules of retention do not keep, of one database or of all; a dry run says what that is. */
export async function cleanUp(
  world: World,
  input: CleanupInput,
  watch: Watch,
): Promise<CleanupResult> {
  const handle = await startCleanUp(world, input);
  watch.onStarted(handle.workflowId);
  return followRun<CleanupResult>(world, handle, watch);
}

/** Starts that by Temporal. */
export function startCleanUp(
  { temporal }: Pick<World, 'temporal'>,
  input: CleanupInput,
): Promise<WorkflowHandle> {
  const { database = 'all', dryRun = false } = input;
  return temporal.client.workflow.start('cleanup', {
    taskQueue,
    workflowId: `cleanup/${database}-${new Date().toISOString()}`,
    args: [input],
    staticSummary: `clean-up of ${database === 'all' ? 'all databases' : database}${dryRun ? ', dry run' : ''}`,
  });
}
