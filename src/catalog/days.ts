import { sql } from 'kysely';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { FigureCatalog } from './contract/figures.ts';
import type { CatalogDatabase } from './tables.ts';

/** What the calendar shows. */
export function dayMethods(db: CatalogDatabase): Pick<FigureCatalog, 'days'> {
  return { days: (filter) => readDays(db, filter) };
}

async function readDays(
  db: CatalogDatabase,
  { database, since, timeZone }: Parameters<FigureCatalog['days']>[0],
): ReturnType<FigureCatalog['days']> {
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
