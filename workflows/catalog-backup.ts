import { isCancellation, workflowInfo } from '@temporalio/workflow';
import { catalogAlarm } from '../src/domain/alarm.ts';
import type { SavedCatalog } from '../src/domain/catalog-backup.ts';
import { tellPeople } from './notify.ts';
import { orAlarm } from './or-alarm.ts';
import { trackProgress } from './progress.ts';
import { anywhere, upkeep } from './proxies.ts';

/**
 * Saves in every destination what of the catalog lies in none by itself: users, tokens, audit log, alarms. A destination
 * that fails is an alarm and fails the run, once the others have theirs.
 */
export async function catalogBackup(input: object = {}): Promise<SavedCatalog[]> {
  const progress = trackProgress();
  progress.enter('resolve');
  const destinations = await anywhere.resolveCatalogBackup(input);
  const at = workflowInfo().startTime.toISOString();
  progress.enter('upload');
  const saved: SavedCatalog[] = [];
  const failures: unknown[] = [];
  for (const destination of destinations) {
    const what = `the backup of the catalog itself in '${destination}'`;
    try {
      saved.push(
        await orAlarm({ key: catalogAlarm(destination), database: null, what }, () =>
          upkeep.saveCatalog(at, destination),
        ),
      );
    } catch (error) {
      if (isCancellation(error)) throw error;
      failures.push(error);
    }
  }
  await tellPeople();
  if (failures.length > 0) throw failures[0];
  return saved;
}
