import { removeKeptFulls } from '../postgres/kept-full.ts';
import { removeStaleScratchServers } from '../postgres/scratch.ts';
import { removeStalePrivateDirectories } from '../system/private-directory.ts';
import { tidyRestores, type Janitor } from './tidy-restores.ts';

/**
 * Clears away what runs left behind that were terminated, or whose worker was killed: clean-up cannot run on a dead
 * host. Called when a worker starts, before it takes tasks; what belongs to open runs stays.
 */
export async function tidyHost({ catalog, runs, settings }: Janitor): Promise<void> {
  for (const backup of await catalog.runningBackups()) {
    if (await runs.isOpen(backup)) continue;
    await catalog.finishBackup(backup.id, {
      state: 'failed',
      reason: 'its run ended before it was done: terminated, or lost with its Temporal server',
    });
  }
  await tidyRestores({ catalog, runs, settings });
  await removeStaleScratchServers();
  await removeKeptFulls();
  await removeStalePrivateDirectories();
}
