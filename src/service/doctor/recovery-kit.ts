import type { Settings } from '../../config.ts';
import { words } from '../../domain/words.ts';
import { recoveryKitIsStale } from '../recovery-kit.ts';
import { ok, warning, type Finding } from './check.ts';

/** Whether the page for the day on which this machine is gone was made, and still holds. */
export async function checkRecoveryKit(settings: Settings): Promise<Finding> {
  const stale = await recoveryKitIsStale(settings);
  if (stale === null) return ok(words('recoveryKit.holds'));
  // Without a destination elsewhere, the backups are gone with this machine.
  if (settings.destinations.length === 0) {
    return ok(words('recoveryKit.nowhereElse', { stale: [stale] }));
  }
  return warning(stale, words('recoveryKit.hint'));
}
