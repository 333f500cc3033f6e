import { sql, type UpdateObject } from 'kysely';
import type { CopyName } from './contract/copies.ts';
import type { Deletion, RetentionCatalog } from './contract/retention.ts';
import { lockResource } from './leases.ts';
import type { CatalogDatabase, Tables } from './tables.ts';

type Methods = Pick<
  RetentionCatalog,
  | 'startDelete'
  | 'finishDelete'
  | 'undoDelete'
  | 'unfinishedDeletes'
  | 'hostsToTidy'
  | 'forgetHost'
  | 'deletedBy'
>;

/** Copies on their way out: first the row says so, then the files go, then the row says that, too. */
export function deletionMethods(db: CatalogDatabase): Methods {
  return {
    startDelete: (deletion) => startDelete(db, deletion),
    async finishDelete(copy) {
      await updateCopy(db, copy, { removed_at: sql<Date>`now()` })
        .where('state', '=', 'deleted')
        .execute();
    },
    async undoDelete({ state, lockedUntil, ...copy }) {
      const undone = { deleted_at: null, deleted_by: null, delete_reason: null };
      await updateCopy(db, copy, { ...undone, state, locked_until: lockedUntil })
        .where('state', '=', 'deleted')
        .execute();
    },
    async unfinishedDeletes(host) {
      const rows = await unfinished(db)
        .innerJoin('backups', 'backups.id', 'copies.backup_id')
        .select([
          'copies.backup_id as backup',
          'copies.destination',
          'backups.database',
          'copies.bytes',
        ])
        .where('host', '=', host ?? '')
        .orderBy('deleted_at')
        .execute();
      return rows.map((row) => ({ ...row, host, bytes: Number(row.bytes) }));
    },
    async hostsToTidy() {
      const rows = await unfinished(db).select('host').distinct().execute();
      return rows.map(({ host }) => (host === '' ? null : host));
    },
    forgetHost: (host) => forgetHost(db, host),
    deletedBy: (run, limit) => deletedBy(db, run, limit),
  };
}

async function forgetHost(db: CatalogDatabase, host: string): Promise<CopyName[]> {
  const now = sql<Date>`now()`;
  const rows = await db
    .updateTable('copies')
    .set({
      ...{ state: 'deleted', deleted_at: now, removed_at: now },
      ...{ deleted_by: 'catalog forget-host', delete_reason: 'its host is gone' },
    })
    .where('host', '=', host)
    .where((row) => row.or([row('state', '<>', 'deleted'), row('removed_at', 'is', null)]))
    .returning(['backup_id as backup', 'destination'])
    .execute();
  return rows.map((row) => ({ ...row, host }));
}

/**
 * Under the locks of leases: a restore that took its lease before is seen here, one that comes later finds a copy that
 * is deleted.
 */
function startDelete(db: CatalogDatabase, deletion: Deletion): Promise<string | null> {
  const { backup, reason, by } = deletion;
  return db.transaction().execute(async (transaction) => {
    const incrementals = await transaction
      .selectFrom('backups')
      .select('id')
      .where('base', '=', backup)
      .execute();
    const family = [backup, ...incrementals.map(({ id }) => id)].sort();
    for (const id of family) await lockResource(transaction, `backup:${id}`);
    const kept = await reasonToKeep(transaction, deletion);
    if (kept === null) {
      const marks = { deleted_at: sql<Date>`now()`, deleted_by: by, delete_reason: reason };
      await updateCopy(transaction, deletion, { ...marks, state: 'deleted', removed_at: null })
        .where('state', '<>', 'deleted')
        .execute();
    }
    return kept;
  });
}

async function reasonToKeep(db: CatalogDatabase, deletion: CopyName): Promise<string | null> {
  const { backup, destination, host } = deletion;
  const { rows } = await sql<{ held: boolean; leased: boolean; needed_by: string | null }>`
    select exists (select from pma_backup.holds where backup_id = ${backup}) as held,
           exists (select from pma_backup.leases
                    where resource like 'backup:%'
                      and split_part(resource, ':', 2) in
                          (select id from pma_backup.backups where ${backup} in (id, base))) as leased,
           (select min(i.id)
              from pma_backup.backups i left join pma_backup.copies c on c.backup_id = i.id
             where i.base = ${backup}
               and (i.state = 'running'
                    or c.state <> 'deleted'
                       and ((c.destination, c.host) = (${destination}, ${host ?? ''})
                            or not exists (select from pma_backup.copies f
                                            where f.backup_id = ${backup} and f.state in ('good', 'locked')
                                              and (f.destination, f.host) = (c.destination, c.host)))))
             as needed_by`.execute(db);
  const { held, leased, needed_by } = rows[0] ?? { held: false, leased: false, needed_by: null };
  if (held) return 'kept: on hold';
  if (leased) return 'kept: a restore reads it';
  return needed_by === null ? null : `kept: needed by ${needed_by}`;
}

function updateCopy(
  db: CatalogDatabase,
  { backup, destination, host }: CopyName,
  values: UpdateObject<Tables, 'copies'>,
) {
  return db
    .updateTable('copies')
    .set(values)
    .where('backup_id', '=', backup)
    .where('destination', '=', destination)
    .where('host', '=', host ?? '');
}

function unfinished(db: CatalogDatabase) {
  return db
    .selectFrom('copies')
    .where('copies.state', '=', 'deleted')
    .where('copies.removed_at', 'is', null);
}

async function deletedBy(
  db: CatalogDatabase,
  run: string,
  limit: number,
): ReturnType<RetentionCatalog['deletedBy']> {
  const rows = await db
    .selectFrom('copies')
    .select(['backup_id as backup', 'destination', 'host', 'bytes', 'delete_reason as reason'])
    .where('deleted_by', '=', run)
    .where('state', '=', 'deleted')
    .orderBy('deleted_at')
    .execute();
  return {
    count: rows.length,
    bytes: rows.reduce((sum, { bytes }) => sum + Number(bytes), 0),
    copies: rows.slice(0, limit).map(({ host, bytes, reason, ...row }) => ({
      ...row,
      host: host === '' ? null : host,
      bytes: Number(bytes),
      reason: reason ?? '',
    })),
  };
}
