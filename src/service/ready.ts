import { BackupError } from '../errors.ts';
import type { World } from './world.ts';

/** Whether catalog and Temporal answer. Throws `catalog_unreachable`, `temporal_unreachable`. */
export async function checkReady({ catalog, temporal }: World): Promise<void> {
  await catalog.runningBackups();
  try {
    const { client } = temporal;
    await client.withDeadline(Date.now() + 5000, () =>
      client.connection.workflowService.getSystemInfo({}),
    );
  } catch (error) {
    throw new BackupError(
      'temporal_unreachable',
      `Temporal does not answer at '${temporal.address ?? ''}'`,
      { cause: error },
    );
  }
}
