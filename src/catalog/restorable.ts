import type { StoredBackup } from '../domain/recovery-point.ts';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { RestoreCatalog } from './contract/restores.ts';
import type { CatalogDatabase } from './tables.ts';

/** What can be restored from. */
export function restorableMethods(db: CatalogDatabase): Pick<RestoreCatalog, 'restorable'> {
  return {
    async restorable({ database, backup }) {
      let query = db
        .selectFrom('backups')
        .select(['id', 'database', 'kind', 'module', 'base', 'state', 'snapshot_at'])
        .where('manifest', 'is not', null)
        .where((where) =>
          where.exists(
            where
              .selectFrom('copies')
              .select('copies.backup_id')
              .whereRef('copies.backup_id', '=', 'backups.id')
              .where('copies.state', 'in', ['good', 'locked']),
          ),
        );
      if (database !== undefined) query = query.where('database', '=', database);
      if (backup !== undefined) query = query.where('id', '=', backup);
      if (database === undefined && backup === undefined)
        query = query.where('database', '<>', selfTestDatabase);
      const rows = await query.orderBy('snapshot_at', 'desc').execute();
      return rows.map(({ snapshot_at, ...row }): StoredBackup => ({
        ...row,
        snapshotAt: (snapshot_at ?? new Date(0)).toISOString(),
      }));
    },
  };
}
