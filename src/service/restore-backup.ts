import { requireNoPassword } from '../config.ts';
import type { RestoreInput, RestorePreview, RestoreSummary } from '../domain/restore.ts';
import { readRestoreInput } from '../domain/restore-input.ts';
import { BackupError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { taskQueue } from '../temporal/names.ts';
import { followRun, type Watch } from './follow-run.ts';
import type { World } from './world.ts';

export interface RestoreRequest extends Omit<RestoreInput, 'secret' | 'dryRun'> {
  /** Typed for this restore alone. */
  readonly password?: Secret;
}

/** Asks for a yes to what will be written; false ends it as cancelled. */
export type Confirm = (preview: RestorePreview) => Promise<boolean>;

/**
 * Restores a backup after `confirm` has seen what will be done. Throws `target_refused` with the first thing that keeps
 * it from starting, and `proof_failed` where what was restored differs: then nothing was changed.
 */
export async function restoreBackup(
  world: World,
  request: RestoreRequest,
  { confirm, ...watch }: Watch & { readonly confirm: Confirm },
): Promise<RestoreSummary> {
  return withSecret(world, request, async (input, handOver) => {
    const preview = await run<RestorePreview>(world, { ...input, dryRun: true }, watch);
    if (!(await confirm(preview))) throw new BackupError('cancelled', 'nothing was restored');
    refuseObstacles(preview);
    return run<RestoreSummary>(world, input, {
      ...watch,
      onStarted(workflowId) {
        handOver();
        watch.onStarted(workflowId);
      },
    });
  });
}

/** What a restore would do; nothing is changed. */
export async function previewRestore(
  world: World,
  request: RestoreRequest,
  watch: Watch,
): Promise<RestorePreview> {
  return withSecret(world, request, (input) =>
    run<RestorePreview>(world, { ...input, dryRun: true }, watch),
  );
}

/** Keeps the password as long as `use` lasts, or until the run that it is for has taken it over. */
async function withSecret<T>(
  { catalog, settings }: World,
  { password, ...input }: RestoreRequest,
  use: (input: RestoreInput, handOver: () => void) => Promise<T>,
): Promise<T> {
  requireNoPassword(readRestoreInput(input, settings.timeZone).target);
  if (!password) return use(input, () => undefined);
  const secret = await catalog.keepSecret(password);
  const held = { isOurs: true };
  try {
    return await use({ ...input, secret }, () => (held.isOurs = false));
  } finally {
    if (held.isOurs) await catalog.forgetSecret(secret);
  }
}

async function run<T>(world: World, input: RestoreInput, watch: Watch): Promise<T> {
  const { backup = 'latest', dryRun = false } = input;
  const verb = dryRun ? 'restore-preview' : 'restore';
  const handle = await world.temporal.client.workflow.start('restore', {
    taskQueue,
    workflowId: `${verb}/${backup}-${new Date().toISOString()}`,
    args: [input],
    staticSummary: dryRun ? `what a restore of ${backup} would do` : `restore of ${backup}`,
  });
  if (!dryRun) watch.onStarted(handle.workflowId);
  return followRun<T>(world, handle, watch);
}

function refuseObstacles({ obstacles: [first] }: RestorePreview): void {
  if (first) throw new BackupError('target_refused', first.fact, { hint: first.hint });
}
