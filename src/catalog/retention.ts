import { sql } from 'kysely';
import type { RetentionBackup, RetentionCopy } from '../domain/retention.ts';
import type { RetentionCatalog } from './contract/retention.ts';
import type { CatalogDatabase } from './tables.ts';

/** What retention has to know of every backup. */
export function retentionMethods(
  db: CatalogDatabase,
): Pick<RetentionCatalog, 'now' | 'retentionBackups'> {
  return {
    async now() {
      const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db);
      return rows[0]?.now ?? new Date();
    },
    retentionBackups: (database) =>
      db
        .transaction()
        .setIsolationLevel('repeatable read')
        .execute(async (transaction) => {
          const backups = await readBackups(transaction, database);
          const copies = await readCopies(transaction, database);
          return backups.map((backup) => ({ ...backup, copies: copies.get(backup.id) ?? [] }));
        }),
  };
}

type WithoutCopies = Omit<RetentionBackup, 'copies'>;

async function readBackups(db: CatalogDatabase, database: string): Promise<WithoutCopies[]> {
  const rows = await db
    .selectFrom('backups')
    .select(['id', 'database', 'kind', 'module', 'state', 'base', 'triggered_at'])
    .select((select) => [
      select
        .exists(select.selectFrom('holds').select('backup_id').whereRef('backup_id', '=', 'id'))
        .as('held'),
      sql<boolean>`id in (select split_part(resource, ':', 2) from pma_backup.leases
                           where resource like 'backup:%')`.as('leased'),
      sql<boolean>`coalesce(manifest ? 'imported', false)`.as('imported'),
    ])
    .where('database', '=', database)
    .where((where) =>
      where.or([
        where('state', '=', 'running'),
        where.exists(
          where
            .selectFrom('copies')
            .select('destination')
            .whereRef('backup_id', '=', 'id')
            .where('copies.state', '<>', 'deleted'),
        ),
      ]),
    )
    .execute();
  return rows.map(({ triggered_at, held, imported, ...row }) => ({
    ...row,
    triggeredAt: triggered_at,
    held: Boolean(held),
    // Its import put it on hold: releasing it ends both.
    imported: imported && Boolean(held),
  }));
}

async function readCopies(
  db: CatalogDatabase,
  database: string,
): Promise<Map<string, RetentionCopy[]>> {
  const rows = await db
    .selectFrom('copies')
    .innerJoin('backups', 'backups.id', 'copies.backup_id')
    .select(['copies.backup_id', 'copies.destination', 'copies.host', 'copies.state'])
    .select(['copies.checked_at', 'copies.locked_until', 'copies.bytes'])
    .where('backups.database', '=', database)
    .execute();
  const found = new Map<string, RetentionCopy[]>();
  for (const { backup_id, host, checked_at, locked_until, bytes, ...row } of rows) {
    const copy: RetentionCopy = {
      ...row,
      host: host === '' ? null : host,
      lastCheckGood: lastCheckGood(row.state, checked_at),
      checkedAt: checked_at,
      lockedUntil: locked_until,
      bytes: Number(bytes),
    };
    const copies = found.get(backup_id);
    if (copies) copies.push(copy);
    else found.set(backup_id, [copy]);
  }
  return found;
}

function lastCheckGood(state: RetentionCopy['state'], checkedAt: Date | null): boolean | null {
  if (state === 'missing' || state === 'damaged') return false;
  return checkedAt === null ? null : state === 'good' || state === 'locked';
}
