import { basename } from 'node:path';
import type { BackupCatalog } from './contract/backups.ts';
import type { CatalogDatabase } from './tables.ts';

/** What only the page of one backup shows. */
export function detailMethods(db: CatalogDatabase): Pick<BackupCatalog, 'detail'> {
  return {
    async detail(id) {
      const row = await db
        .selectFrom('backups')
        .select(['workflow_id', 'run_id', 'triggered_at', 'snapshot_at', 'finished_at'])
        .select('dump_bytes')
        .where('id', '=', id)
        .executeTakeFirst();
      if (!row) return undefined;
      const copies = await db
        .selectFrom('copies')
        .select(['destination', 'host', 'uri', 'key', 'bytes', 'state', 'checked_at', 'versions'])
        .where('backup_id', '=', id)
        .orderBy('destination')
        .orderBy('host')
        .execute();
      return {
        workflowId: row.workflow_id,
        runId: row.run_id,
        triggeredAt: row.triggered_at.toISOString(),
        snapshotAt: row.snapshot_at?.toISOString() ?? null,
        finishedAt: row.finished_at?.toISOString() ?? null,
        dumpBytes: row.dump_bytes === null ? null : Number(row.dump_bytes),
        checkedCopies: copies.map(({ host, key, bytes, checked_at, versions, ...copy }) => ({
          ...copy,
          host: host === '' ? null : host,
          bytes: Number(bytes),
          checkedAt: checked_at?.toISOString() ?? null,
          versionId: versions?.[basename(key)] ?? null,
        })),
      };
    },
  };
}
