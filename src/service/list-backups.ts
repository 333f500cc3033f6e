import type { BackupKind } from '../domain/backup-name.ts';
import type { BackupState, BackupSummary } from '../domain/backup.ts';
import { databaseSettings } from '../config.ts';
import type { World } from './world.ts';

/** Every field that is given narrows the list. */
export interface BackupFilter {
  readonly database?: string;
  readonly kind?: BackupKind;
  readonly module?: string;
  readonly state?: BackupState;
}

/** Backups, newest first. Throws `not_found` for a database that is neither in the settings nor has any. */
export async function listBackups(
  { catalog, settings }: Pick<World, 'catalog' | 'settings'>,
  filter: BackupFilter = {},
): Promise<BackupSummary[]> {
  const { database, kind, module, state } = filter;
  const all = await catalog.list(database === undefined ? {} : { database });
  if (database !== undefined && all.length === 0) databaseSettings(settings, database);
  return all.filter(
    (backup) =>
      (kind === undefined || backup.kind === kind) &&
      (module === undefined || backup.module === module) &&
      (state === undefined || backup.state === state),
  );
}
