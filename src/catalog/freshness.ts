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
// what is stored. The newest one away is looked for from the newest on, where there is one at all.
const readFreshness = sql<FreshnessRow>`
  WITH known AS (
    SELECT database AS name,
      max(snapshot_at) FILTER (WHERE state = 'proven') AS proven,
      max(last_proven_at) FILTER (WHERE last_proven_at > finished_at) AS tested
    FROM pma_backup.backups
    WHERE module IS NULL AND kind IN ('full', 'incremental')
    GROUP BY database)
  SELECT known.*, CASE WHEN EXISTS (
    SELECT FROM pma_backup.copies c
    WHERE c.database = known.name AND c.host = '' AND c.state IN ('good', 'locked')) THEN (
    SELECT b.snapshot_at FROM pma_backup.backups b
    WHERE b.database = known.name AND b.state = 'proven' AND b.module IS NULL AND b.kind IN ('full', 'incremental')
      AND b.snapshot_at IS NOT NULL AND EXISTS (
        SELECT FROM pma_backup.copies c
        WHERE c.database = known.name AND c.backup_id = b.id AND c.host = '' AND c.state IN ('good', 'locked'))
    ORDER BY b.snapshot_at DESC LIMIT 1) END AS offsite
  FROM known`;

function toFreshness(row: FreshnessRow): DatabaseFreshness {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    name: row.name,
    newestProven: iso(row.proven),
    newestOffsite: iso(row.offsite),
    lastRestoreTest: iso(row.tested),
  };
}
