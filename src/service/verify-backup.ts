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
  const { backup = 'latest' } = input;
  const handle = await world.temporal.client.workflow.start('restoreTest', {
    taskQueue,
    workflowId: `restore-test/${backup}-${new Date().toISOString()}`,
    args: [input],
    staticSummary: `test restore of ${backup}`,
  });
  watch.onStarted(handle.workflowId);
  return followRun<Verified>(world, handle, watch);
}
