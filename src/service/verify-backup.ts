import type { WorkflowHandle } from '@temporalio/client';
import type { RestoreTestInput, Verified } from '../domain/run.ts';
import { taskQueue } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

/** Test-restores a stored backup, by its id or `latest`, and returns the proof in short. */
export async function verifyBackup(
  world: World,
  input: RestoreTestInput,
  watch: Watch,
): Promise<Verified> {
  const handle = await startVerify(world, input);
  watch.onStarted(handle.workflowId);
  return followRun<Verified>(world, handle, watch);
}

/** Starts that by Temporal. */
export async function startVerify(
  { temporal: { client } }: Pick<World, 'temporal'>,
  input: RestoreTestInput,
): Promise<WorkflowHandle> {
  const { backup = 'latest' } = input;
  return client.workflow.start('restoreTest', {
    taskQueue,
    workflowId: `restore-test/${backup}-${new Date().toISOString()}`,
    args: [input],
    staticSummary: `test restore of ${backup}`,
  });
}
