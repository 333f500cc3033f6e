import type { HoldInput, HoldResult } from '../domain/hold.ts';
import { userName } from '../system/os-user.ts';
import { taskQueue } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

type Request = HoldInput & { readonly backup: string };

/** Keeps retention from a backup, by its id or `latest`; said by the user of this process unless `by` is given. */
export function holdBackup(world: World, request: Request, watch: Watch): Promise<HoldResult> {
  return run(world, 'hold', { by: userName(), ...request }, watch);
}

/** Lets retention decide about a backup again. */
export function releaseBackup(world: World, request: Request, watch: Watch): Promise<HoldResult> {
  return run(world, 'release', request, watch);
}

async function run(
  world: World,
  type: 'hold' | 'release',
  request: Request,
  watch: Watch,
): Promise<HoldResult> {
  const handle = await world.temporal.client.workflow.start(type, {
    taskQueue,
    workflowId: `${type}/${request.backup}-${new Date().toISOString()}`,
    args: [request],
    staticSummary: `${type} ${request.backup}`,
  });
  watch.onStarted(handle.workflowId);
  return followRun<HoldResult>(world, handle, watch);
}
