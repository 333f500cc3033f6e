import { sql } from 'kysely';
import type { BackupState } from '../domain/backup.ts';
import type { DatabaseOverview, FigureCatalog } from './contract/figures.ts';
import { withoutSelfTest } from './self-test.ts';
import type { CatalogDatabase } from './tables.ts';

/** How each database stands. */
export function overviewMethods(db: CatalogDatabase): Pick<FigureCatalog, 'overview'> {
  return {
    async overview() {
      const [counts, bytes] = await Promise.all([countStates(db), sumBytes(db)]);
      const known = withoutSelfTest(counts, ({ database }) => database);
      const names = [...new Set(known.map(({ database }) => database))];
      const newest = await newestProven(db, names);
      return names.map((name) => ({
        name,
        counts: countsOf(counts.filter(({ database }) => database === name)),
        bytes: Number(bytes.find(({ database }) => database === name)?.bytes ?? 0),
        newestProven: newest.get(name) ?? null,
      }));
    },
  };
}

function countStates(db: CatalogDatabase) {
  return db
    .selectFrom('backups')
    .select(['database', 'state', sql<number>`count(*)::int`.as('count')])
    .groupBy(['database', 'state'])
    .orderBy('database')
    .execute();
}

function sumBytes(db: CatalogDatabase) {
  return db
    .selectFrom('copies')
    .select(['database', sql<string>`sum(bytes)`.as('bytes')])
    .where('state', '=', 'good')
    .groupBy('database')
    .execute();
}

// One look into the index for each database, and not at all its backups.
async function newestProven(db: CatalogDatabase, names: readonly string[]) {
  const rows = await db
    .selectFrom(
      sql<{ name: string }>`unnest(${sql.val(names)}::text[])`.as<'named'>(sql`named(name)`),
    )
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('backups')
          .select(['id', 'database', 'snapshot_at', 'triggered_at'])
          .whereRef('database', '=', 'named.name')
          .where('state', '=', 'proven')
          .where('kind', '=', 'full')
          .where('module', 'is', null)
          .orderBy('triggered_at', 'desc')
          .orderBy('id', 'desc')
          .limit(1)
          .as('newest'),
      (join) => join.onTrue(),
    )
    .selectAll('newest')
    .execute();
  return new Map(
    rows.map(({ id, database, snapshot_at, triggered_at }) => [
      database,
      { id, snapshotAt: (snapshot_at ?? triggered_at).toISOString() },
    ]),
  );
}

function countsOf(
  rows: readonly { readonly state: BackupState; readonly count: number }[],
): DatabaseOverview['counts'] {
  const of = (state: BackupState) => rows.find((row) => row.state === state)?.count ?? 0;
  return {
    running: of('running'),
    proven: of('proven'),
    unproven: of('unproven'),
    failed: of('failed'),
    cancelled: of('cancelled'),
    skipped: of('skipped'),
  };
}
