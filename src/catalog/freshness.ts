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
// what is stored.
const readFreshness = sql<FreshnessRow>`
  SELECT b.database AS name,
    max(b.snapshot_at) FILTER (WHERE b.state = 'proven') AS proven,
    max(b.snapshot_at) FILTER (WHERE b.state = 'proven' AND EXISTS (
      SELECT FROM pma_backup.copies c
      WHERE c.backup_id = b.id AND c.host = '' AND c.state IN ('good', 'locked'))) AS offsite,
    max(p.started_at) AS tested
  FROM pma_backup.backups b
  LEFT JOIN LATERAL (
    SELECT max(started_at) AS started_at FROM pma_backup.proofs
    WHERE backup_id = b.id AND state = 'proven' AND started_at > b.finished_at) p ON true
  WHERE b.module IS NULL AND b.kind IN ('full', 'incremental')
  GROUP BY b.database`;

function toFreshness(row: FreshnessRow): DatabaseFreshness {
  const iso = (time: Date | null) => time?.toISOString() ?? null;
  return {
    name: row.name,
    newestProven: iso(row.proven),
    newestOffsite: iso(row.offsite),
    lastRestoreTest: iso(row.tested),
  };
}
