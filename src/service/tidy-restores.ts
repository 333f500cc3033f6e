import { restoreAlarm } from '../domain/alarm.ts';
import { restoreTarget, type Settings } from '../config.ts';
import { toBackupError } from '../errors.ts';
import type { Catalog, NewRestore } from '../catalog/catalog.ts';
import { removeBeside } from '../postgres/restore/beside.ts';
import type { Runs } from '../temporal/runs.ts';

/** What is needed to clear away after runs that are closed. */
export interface Janitor {
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly settings: Settings;
}

/**
 * Removes the half-made databases of restores whose runs were terminated, and their one-time passwords. What cannot be
 * removed now is tried again at the next start of a worker, and somebody hears of it.
 */
export async function tidyRestores({ catalog, runs, settings }: Janitor): Promise<void> {
  for (const restore of await catalog.untidyRestores()) {
    const { owner, backup, restoring } = restore;
    if (await runs.isOpen(owner)) continue;
    await catalog.finishRestore(owner, {
      ...{ state: 'failed', summary: null },
      reason: 'its run ended before it was done: terminated, or lost with its Temporal server',
    });
    const problem = await remove(settings, restore);
    await catalog.leaveRestore(owner, { tidy: problem === null });
    await catalog.releaseLeases(owner);
    const key = restoreAlarm(owner);
    if (problem === null) await catalog.clearAlarm(key);
    else
      await catalog.raiseAlarm({
        ...{ key, database: null },
        message: `a restore of '${backup}' left '${restoring}' half-made: ${problem}`,
        hint: `DROP DATABASE "${restoring}" on its server`,
      });
  }
  await catalog.forgetOldSecrets();
}

/** Why it could not be removed; null: nothing is left. */
async function remove(
  settings: Settings,
  { target, restoring }: Pick<NewRestore, 'target' | 'restoring'>,
): Promise<string | null> {
  try {
    const connection = restoreTarget(settings, target, null);
    await removeBeside(connection, restoring, AbortSignal.timeout(removalSeconds * 1000));
    return null;
  } catch (error) {
    return toBackupError(error).message;
  }
}

const removalSeconds = 60;
