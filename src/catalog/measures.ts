import { sql } from 'kysely';
import type { BackupState, Timings } from '../domain/backup.ts';
import type { FigureCatalog, Measures, OfSeries } from './contract/figures.ts';
import { withoutSelfTest } from './self-test.ts';
import type { CatalogDatabase } from './tables.ts';

/** Numbers of all series and copies, for those who watch from outside. */
export function measureMethods(db: CatalogDatabase): Pick<FigureCatalog, 'measures'> {
  return {
    async measures() {
      const [{ rows }, copies] = await Promise.all([readStates.execute(db), readCopies(db)]);
      const states = ofPeople(rows);
      return {
        states: states.map(toState),
        ended: newestOf(states, ({ state, newest }) => (state === 'running' ? null : newest)).map(
          ({ ended_at, ...row }) => ({ ...seriesOf(row), state: row.state, at: iso(ended_at) }),
        ),
        stored: newestOf(states, ({ stored }) => stored).map(toStored),
        proofs: newestOf(states, ({ passed }) => passed).flatMap(({ passed, ...row }) =>
          passed === null ? [] : [{ ...seriesOf(row), at: iso(passed) }],
        ),
        copies: ofPeople(copies),
      };
    },
  };
}

function ofPeople<Row extends { readonly database: string }>(rows: readonly Row[]): Row[] {
  return withoutSelfTest(rows, ({ database }) => database);
}

/** What the backups of a series that are in one state have in common. */
interface StateRow extends OfSeries {
  readonly state: BackupState;
  readonly count: number;
  /** Trigger of the oldest, of the newest, and of the newest with an artifact. */
  readonly oldest: Date;
  readonly newest: Date;
  readonly stored: Date | null;
  /** Newest recovery point. */
  readonly point: Date;
  /** When the newest test restore began that one of them passed. */
  readonly passed: Date | null;
  /** Of the newest. */
  readonly ended_at: Date;
  /** Of the newest with an artifact. */
  readonly bytes: string | null;
  readonly dump_bytes: string | null;
  readonly rows: string | null;
  readonly timings: Timings | null;
}

// Counted in the index alone; of the rows themselves, two are looked up for each state of a series.
const readStates = sql<StateRow>`
  WITH states AS (
    SELECT database, kind, module, state, count(*)::int AS count, min(triggered_at) AS oldest,
      max(triggered_at) AS newest, max(triggered_at) FILTER (WHERE bytes IS NOT NULL) AS stored,
      max(coalesce(snapshot_at, triggered_at)) AS point, max(last_proven_at) AS passed
    FROM pma_backup.backups
    GROUP BY database, kind, module, state)
  SELECT states.*, ended.*, artifact.*
  FROM states
  CROSS JOIN LATERAL (
    SELECT coalesce(b.finished_at, b.triggered_at) AS ended_at FROM pma_backup.backups b
    WHERE b.database = states.database AND b.state = states.state AND b.triggered_at = states.newest
      AND b.kind = states.kind AND b.module IS NOT DISTINCT FROM states.module
    ORDER BY b.id DESC LIMIT 1) ended
  LEFT JOIN LATERAL (
    SELECT b.bytes, b.dump_bytes, b.rows, b.timings FROM pma_backup.backups b
    WHERE b.database = states.database AND b.state = states.state AND b.triggered_at = states.stored
      AND b.kind = states.kind AND b.module IS NOT DISTINCT FROM states.module AND b.bytes IS NOT NULL
    ORDER BY b.id DESC LIMIT 1) artifact ON true
  ORDER BY database, kind, module, state`;

/** One row of each series: the one whose time is the newest; without a time (null) it does not count. */
function newestOf(rows: readonly StateRow[], timeOf: (row: StateRow) => Date | null): StateRow[] {
  const newest = new Map<string, { readonly row: StateRow; readonly time: Date }>();
  for (const row of rows) {
    const time = timeOf(row);
    const key = JSON.stringify(seriesOf(row));
    const other = newest.get(key)?.time;
    if (time !== null && (other === undefined || time > other)) newest.set(key, { row, time });
  }
  return Array.from(newest.values(), ({ row }) => row);
}

function seriesOf({ database, kind, module }: OfSeries): OfSeries {
  return { database, kind, module };
}

function toState({ state, count, oldest, point, ...row }: StateRow): Measures['states'][number] {
  return { ...seriesOf(row), state, count, oldestTrigger: iso(oldest), newestPoint: iso(point) };
}

function toStored({ bytes, dump_bytes, timings, ...row }: StateRow): Measures['stored'][number] {
  return {
    ...seriesOf(row),
    bytes: Number(bytes),
    dumpBytes: dump_bytes === null ? null : Number(dump_bytes),
    rows: row.rows === null ? null : Number(row.rows),
    timings,
  };
}

function iso(time: Date): string {
  return time.toISOString();
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
