import { sql } from 'kysely';
import type { BackupState } from '../domain/backup.ts';
import type { Catalog, DatabaseOverview } from './contract.ts';
import { withoutSelfTest } from './self-test.ts';
import type { CatalogDatabase } from './tables.ts';

/** How each database stands. */
export function overviewMethods(db: CatalogDatabase): Pick<Catalog, 'overview'> {
  return {
    async overview() {
      const [counts, bytes, newest] = await Promise.all([
        countStates(db),
        sumBytes(db),
        newestProven(db),
      ]);
      const known = withoutSelfTest(counts, ({ database }) => database);
      const names = [...new Set(known.map(({ database }) => database))];
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
    .innerJoin('backups', 'backups.id', 'copies.backup_id')
    .select(['backups.database', sql<string>`sum(copies.bytes)`.as('bytes')])
    .where('copies.state', '=', 'good')
    .groupBy('backups.database')
    .execute();
}

async function newestProven(db: CatalogDatabase) {
  const rows = await db
    .selectFrom('backups')
    .select(['id', 'database', 'snapshot_at', 'triggered_at'])
    .distinctOn('database')
    .where('state', '=', 'proven')
    .where('kind', '=', 'full')
    .where('module', 'is', null)
    .orderBy('database')
    .orderBy('triggered_at', 'desc')
    .orderBy('id', 'desc')
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
