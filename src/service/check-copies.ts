import type { WorkflowHandle } from '@temporalio/client';
import type { CheckedCopy, IntegrityCheckInput } from '../domain/run.ts';
import { taskQueue } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

/** Reads stored copies back, all or those of one backup, and compares their sha256. */
export async function checkCopies(
  world: World,
  input: IntegrityCheckInput,
  watch: Watch,
): Promise<CheckedCopy[]> {
  const handle = await startCheck(world, input);
  watch.onStarted(handle.workflowId);
  return followRun<CheckedCopy[]>(world, handle, watch);
}

/** Starts that by Temporal. */
export async function startCheck(
  { temporal: { client } }: Pick<World, 'temporal'>,
  input: IntegrityCheckInput,
): Promise<WorkflowHandle> {
  const what = input.backup ?? input.database ?? 'all';
  return client.workflow.start('integrityCheck', {
    taskQueue,
    workflowId: `integrity-check/${what}-${new Date().toISOString()}`,
    args: [input],
    staticSummary: `checksums of ${what}`,
  });
}
