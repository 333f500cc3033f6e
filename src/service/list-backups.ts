import type { BackupFilter } from '../catalog/catalog.ts';
import { databaseSettings } from '../config.ts';
import type { BackupSummary } from '../domain/backup.ts';
import type { World } from './world.ts';

const all = 2 ** 31 - 1;

/** Backups, newest first. Throws `not_found` for a database that is neither in the settings nor has any. */
export async function listBackups(
  { catalog, settings }: Pick<World, 'catalog' | 'settings'>,
  { limit = all, ...filter }: BackupFilter & { readonly limit?: number },
): Promise<BackupSummary[]> {
  const { database } = filter;
  const backups = await catalog.list({ ...filter, limit });
  if (backups.length > 0 || database === undefined) return backups;
  const [any] = await catalog.list({ database, limit: 1 });
  if (!any) databaseSettings(settings, database);
  return backups;
}
