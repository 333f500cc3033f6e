import { sql } from 'kysely';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { Catalog } from './contract.ts';
import type { CatalogDatabase } from './tables.ts';

/** What only the page of one backup, and the calendar, show. */
export function detailMethods(db: CatalogDatabase): Pick<Catalog, 'detail' | 'days'> {
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
        .select(['destination', 'host', 'uri', 'bytes', 'state', 'checked_at'])
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
        checkedCopies: copies.map(({ host, bytes, checked_at, ...copy }) => ({
          ...copy,
          host: host === '' ? null : host,
          bytes: Number(bytes),
          checkedAt: checked_at?.toISOString() ?? null,
        })),
      };
    },
    days: (filter) => readDays(db, filter),
  };
}

async function readDays(
  db: CatalogDatabase,
  { database, since, timeZone }: Parameters<Catalog['days']>[0],
): ReturnType<Catalog['days']> {
  const day = sql<Date>`(triggered_at AT TIME ZONE ${sql.lit(timeZone)})::date`;
  let query = db
    .selectFrom('backups')
    .select(sql<string>`to_char(${day}, 'YYYY-MM-DD')`.as('day'))
    .select(countOf('proven').as('proven'))
    .select(countOf('unproven').as('unproven'))
    .select(countOf('failed').as('failed'))
    .select(sql<string>`coalesce(sum(bytes), 0)`.as('bytes'))
    .where('triggered_at', '>=', since);
  query =
    database === undefined
      ? query.where('database', '<>', selfTestDatabase)
      : query.where('database', '=', database);
  const rows = await query.groupBy(day).orderBy(day).execute();
  return rows.map(({ bytes, ...row }) => ({ ...row, bytes: Number(bytes) }));
}

function countOf(state: 'proven' | 'unproven' | 'failed') {
  return sql<number>`(count(*) FILTER (WHERE state = ${sql.lit(state)}))::int`;
}
