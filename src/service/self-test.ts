import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { SelfTestResult } from '../domain/self-test.ts';
import { taskQueue } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

// One at a time: they would throw away each other's database.
const workflowId = 'self-test';

/**
 * Backs up, restores and checks a throw-away database through the system as it is configured, and removes it all. A step
 * that fails is told in the result. One that is under way, perhaps of a command that was killed, comes to its end before;
 * `say` tells so.
 */
export async function selfTest(
  world: World,
  { say, ...watch }: Watch & { readonly say: (line: string) => void },
): Promise<SelfTestResult> {
  for (;;) {
    const handle = await start(world);
    if (handle) {
      watch.onStarted(handle.workflowId);
      return followRun<SelfTestResult>(world, handle, watch);
    }
    say('another self-test is under way: waiting for its end');
    await untilOtherEnded(world, watch.signal);
  }
}

/** undefined: there is one under way. */
async function start({ temporal: { client } }: World): Promise<WorkflowHandle | undefined> {
  try {
    return await client.workflow.start('selfTest', {
      ...{ taskQueue, workflowId, args: [] },
      staticSummary: 'backups, a restore and a check of a throw-away database',
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

async function untilOtherEnded({ temporal, broken }: World, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const other = temporal.client.workflow.getHandle(workflowId);
  const ended = other.result().catch(() => undefined); // what became of it was told to whoever started it
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  await Promise.race([ended, aborted, broken]);
}
