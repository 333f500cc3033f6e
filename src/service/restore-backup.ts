import type { WorkflowHandle } from '@temporalio/client';
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

/**
 * Starts a restore by Temporal and gives its workflow id; `typed` is the name of the database that it replaces, null
 * where it replaces none. Throws `target_refused` and `usage` before anything is changed.
 */
export async function startRestore(
  world: World,
  request: RestoreRequest,
  typed: string | null,
): Promise<string> {
  return withSecret(world, request, async (input, handOver) => {
    const preview = await run<RestorePreview>(world, { ...input, dryRun: true }, unwatched);
    refuseObstacles(preview);
    requireTyped(preview, typed);
    const { workflowId } = await start(world, input);
    handOver();
    return workflowId;
  });
}

const unwatched: Watch = {
  signal: new AbortController().signal,
  onStarted: () => undefined,
  onProgress: () => undefined,
};

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
  const handle = await start(world, input);
  if (!input.dryRun) watch.onStarted(handle.workflowId);
  return followRun<T>(world, handle, watch);
}

function start({ temporal }: World, input: RestoreInput): Promise<WorkflowHandle> {
  const { backup = 'latest', dryRun = false } = input;
  const verb = dryRun ? 'restore-preview' : 'restore';
  return temporal.client.workflow.start('restore', {
    taskQueue,
    workflowId: `${verb}/${backup}-${new Date().toISOString()}`,
    args: [input],
    staticSummary: dryRun ? `what a restore of ${backup} would do` : `restore of ${backup}`,
  });
}

// Who asks from afar has seen the preview some time ago: what he agreed to is what is done now, or nothing is.
function requireTyped({ replaces }: RestorePreview, typed: string | null): void {
  const expected = replaces?.database ?? null;
  if (typed === expected) return;
  throw new BackupError(
    'usage',
    expected === null
      ? `the restore replaces nothing, but '${typed ?? ''}' was confirmed`
      : `the restore replaces database '${expected}', which was not confirmed`,
    { hint: `'replaces' has to be the name of the database that is replaced` },
  );
}

function refuseObstacles({ obstacles: [first] }: RestorePreview): void {
  if (first) throw new BackupError('target_refused', first.fact, { hint: first.hint });
}
