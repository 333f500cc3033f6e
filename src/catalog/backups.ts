import { formatBackupId, nextBackupName, type BackupName } from '../domain/backup-name.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { BackupCatalog, BackupEnd, NewBackup } from './contract/backups.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<BackupCatalog, 'startBackup' | 'finishBackup' | 'runningBackups' | 'manifest'>;

/** The life of a backup from its trigger to its end. */
export function backupMethods(db: CatalogDatabase): Methods {
  return {
    startBackup: (backup) => startBackup(db, backup),
    finishBackup: (id, end) => finishBackup(db, id, end),
    async runningBackups() {
      const rows = await db
        .selectFrom('backups')
        .select(['id', 'database', 'kind', 'queue', 'workflow_id', 'run_id'])
        .where('state', '=', 'running')
        .orderBy('triggered_at')
        .execute();
      return rows.map(({ workflow_id, run_id, ...rest }) => ({
        ...rest,
        workflowId: workflow_id,
        runId: run_id,
      }));
    },
    async manifest(id) {
      const row = await db
        .selectFrom('backups')
        .select('manifest')
        .where('id', '=', id)
        .executeTakeFirst();
      return row?.manifest ?? undefined;
    },
  };
}

async function startBackup(db: CatalogDatabase, backup: NewBackup): Promise<string> {
  for (let name = backup.name; ; name = nextBackupName(name)) {
    const id = formatBackupId(name);
    if (await reserve(db, id, name, backup)) return id;
  }
}

/** True when the id is this run's, from now or from an earlier attempt. */
async function reserve(
  db: CatalogDatabase,
  id: string,
  { database, kind, module }: BackupName,
  { workflowId, runId, triggeredAt, queue, base }: NewBackup,
): Promise<boolean> {
  const values = {
    ...{ id, database, kind, module, queue },
    ...{ state: 'running' as const, base: base ?? null },
    ...{ workflow_id: workflowId, run_id: runId, triggered_at: triggeredAt },
  };
  const made = await db
    .insertInto('backups')
    .values(values)
    .onConflict((conflict) => conflict.column('id').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made) return true;
  const taken = await db
    .selectFrom('backups')
    .select(['workflow_id', 'run_id'])
    .where('id', '=', id)
    .executeTakeFirst();
  return taken?.workflow_id === workflowId && taken.run_id === runId;
}

async function finishBackup(db: CatalogDatabase, id: string, end: BackupEnd): Promise<void> {
  const { state, reason, manifest, timings } = end;
  await db
    .updateTable('backups')
    .set((set) => ({
      ...{ state, reason },
      finished_at: set.fn.coalesce('finished_at', set.fn<Date>('now')),
      ...(timings ? { timings: JSON.stringify(timings) } : {}),
      ...(manifest ? manifestColumns(manifest) : {}),
    }))
    .where('id', '=', id)
    .$if(manifest === undefined, (query) => query.where('state', '=', 'running'))
    .execute();
}

/** What a manifest says of its backup, as columns. */
export function manifestColumns(manifest: Manifest) {
  const { artifact, source, dumpBytes, base, snapshotAt } = manifest;
  return {
    ...{ base, dump_bytes: dumpBytes, snapshot_at: new Date(snapshotAt) },
    ...{ file: artifact.file, bytes: artifact.bytes, sha256: artifact.sha256 },
    tables: source.tables.length,
    rows: source.tables.reduce((sum, table) => sum + table.rows, 0),
    changes: source.changes ? JSON.stringify(source.changes) : null,
    manifest: JSON.stringify(manifest),
  };
}
