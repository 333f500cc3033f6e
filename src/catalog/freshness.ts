import { sql } from 'kysely';
import type { DatabaseFreshness, FigureCatalog } from './contract/figures.ts';
import { withoutSelfTest } from './self-test.ts';
import type { CatalogDatabase } from './tables.ts';

/** How old what protects each database is. */
export function freshnessMethods(db: CatalogDatabase): Pick<FigureCatalog, 'freshness'> {
  return {
    async freshness() {
      const { rows } = await readFreshness.execute(db);
      return withoutSelfTest(rows, ({ name }) => name).map(toFreshness);
    },
  };
}

interface FreshnessRow {
  readonly name: string;
  readonly proven: Date | null;
  readonly offsite: Date | null;
  readonly tested: Date | null;
}

// Of the whole database: a module does not bring it back. A proof that is younger than its backup's end was made from
// what is stored. Each fact is looked up in an index of its own, also the names: not even there all backups are read. The
// newest one away is looked for from the newest on, where there is one at all.
const readFreshness = sql<FreshnessRow>`
  WITH RECURSIVE known (name) AS (
    (SELECT database FROM pma_backup.backups ORDER BY database LIMIT 1)
    UNION ALL
    SELECT (SELECT database FROM pma_backup.backups WHERE database > name ORDER BY database LIMIT 1)
    FROM known WHERE name IS NOT NULL)
  SELECT name, (
    SELECT snapshot_at FROM pma_backup.backups WHERE database = name AND ${isProtecting()}
    ORDER BY snapshot_at DESC LIMIT 1) AS proven, (
    SELECT last_proven_at FROM pma_backup.backups
    WHERE database = name AND ${isWhole()} AND last_proven_at > finished_at
    ORDER BY last_proven_at DESC LIMIT 1) AS tested, CASE WHEN EXISTS (
    SELECT FROM pma_backup.copies WHERE database = name AND ${isAway()}) THEN (
    SELECT snapshot_at FROM pma_backup.backups b WHERE database = name AND ${isProtecting()} AND EXISTS (
      SELECT FROM pma_backup.copies WHERE database = name AND backup_id = b.id AND ${isAway()})
    ORDER BY snapshot_at DESC LIMIT 1) END AS offsite
  FROM known
  WHERE EXISTS (SELECT FROM pma_backup.backups WHERE database = name AND ${isWhole()})
  ORDER BY name`;

function isWhole() {
  return sql`module IS NULL AND kind IN ('full', 'incremental')`;
}

function isProtecting() {
  return sql`state = 'proven' AND ${isWhole()} AND snapshot_at IS NOT NULL`;
}

function isAway() {
  return sql`host = '' AND state IN ('good', 'locked')`;
}

function toFreshness(row: FreshnessRow): DatabaseFreshness {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    name: row.name,
    newestProven: iso(row.proven),
    newestOffsite: iso(row.offsite),
    lastRestoreTest: iso(row.tested),
  };
}
