import { sql } from 'kysely';
import type { FigureCatalog, Measures } from './contract/figures.ts';
import { withoutSelfTest } from './self-test.ts';
import type { CatalogDatabase } from './tables.ts';

/** Numbers of all series and copies, for those who watch from outside. */
export function measureMethods(db: CatalogDatabase): Pick<FigureCatalog, 'measures'> {
  return {
    async measures() {
      const [states, ended, stored, proofs, copies] = await Promise.all([
        readStates(db),
        readEnded(db),
        readStored(db),
        readProofs(db),
        readCopies(db),
      ]);
      return {
        states: ofPeople(states),
        ended: ofPeople(ended),
        stored: ofPeople(stored),
        proofs: ofPeople(proofs),
        copies: ofPeople(copies),
      };
    },
  };
}

function ofPeople<Row extends { readonly database: string }>(rows: readonly Row[]): Row[] {
  return withoutSelfTest(rows, ({ database }) => database);
}

const series = ['backups.database', 'backups.kind', 'backups.module'] as const;

async function readStates(db: CatalogDatabase): Promise<Measures['states']> {
  const rows = await db
    .selectFrom('backups')
    .select([...series, 'state', sql<number>`count(*)::int`.as('count')])
    .select(({ fn }) => [
      fn.min('triggered_at').as('oldest'),
      sql<Date>`max(coalesce(snapshot_at, triggered_at))`.as('newest'),
    ])
    .groupBy([...series, 'state'])
    .execute();
  return rows.map(({ oldest, newest, ...row }) => ({
    ...{ ...row, oldestTrigger: oldest.toISOString(), newestPoint: newest.toISOString() },
  }));
}

async function readEnded(db: CatalogDatabase): Promise<Measures['ended']> {
  const rows = await newestOfSeries(db)
    .select(['state', sql<Date>`coalesce(finished_at, triggered_at)`.as('at')])
    .where('state', '!=', 'running')
    .execute();
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
}

async function readStored(db: CatalogDatabase): Promise<Measures['stored']> {
  const rows = await newestOfSeries(db)
    .select(['bytes', 'dump_bytes', 'rows', 'timings'])
    .where('bytes', 'is not', null)
    .execute();
  return rows.map(({ bytes, dump_bytes, rows: count, ...row }) => ({
    ...row,
    bytes: Number(bytes),
    dumpBytes: dump_bytes === null ? null : Number(dump_bytes),
    rows: count === null ? null : Number(count),
  }));
}

function newestOfSeries(db: CatalogDatabase) {
  return db
    .selectFrom('backups')
    .select(series)
    .distinctOn(series)
    .orderBy('database')
    .orderBy('kind')
    .orderBy('module')
    .orderBy('triggered_at', 'desc')
    .orderBy('id', 'desc');
}

async function readProofs(db: CatalogDatabase): Promise<Measures['proofs']> {
  const rows = await db
    .selectFrom('proofs')
    .innerJoin('backups', 'backups.id', 'proofs.backup_id')
    .select(series)
    .select(({ fn }) => fn.max('proofs.started_at').as('at'))
    .where('proofs.state', '=', 'proven')
    .groupBy(series)
    .execute();
  return rows.map(({ at, ...row }) => ({ ...row, at: at.toISOString() }));
}

async function readCopies(db: CatalogDatabase): Promise<Measures['copies']> {
  const rows = await db
    .selectFrom('copies')
    .select(['database', 'destination', 'state'])
    .select([sql<number>`count(*)::int`.as('count'), sql<string>`sum(bytes)`.as('bytes')])
    .groupBy(['database', 'destination', 'state'])
    .execute();
  return rows.map(({ bytes, ...row }) => ({ ...row, bytes: Number(bytes) }));
}
