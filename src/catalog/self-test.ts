import { sql } from 'kysely';
import { isOfSelfTest, selfTestDatabase, selfTestRestored } from '../domain/self-test.ts';
import type { SelfTestCatalog } from './contract/self-test.ts';
import type { CatalogDatabase } from './tables.ts';

/** Those rows that are about databases which somebody wants to keep. */
export function withoutSelfTest<Row>(
  rows: readonly Row[],
  databaseOf: (row: Row) => string,
): Row[] {
  return rows.filter((row) => !isOfSelfTest(databaseOf(row)));
}

/** What a self-test leaves here until it is forgotten. */
export function selfTestMethods(db: CatalogDatabase): SelfTestCatalog {
  return {
    async selfTestTraces() {
      const backups = await db
        .selectFrom('backups')
        .select('queue')
        .distinct()
        .where('database', '=', selfTestDatabase)
        .execute();
      const copies = await db
        .selectFrom('copies')
        .innerJoin('backups', 'backups.id', 'copies.backup_id')
        .select(['copies.destination', 'copies.host'])
        .distinct()
        .where('backups.database', '=', selfTestDatabase)
        .where('copies.state', 'in', ['good', 'locked', 'damaged', 'uploading'])
        .execute();
      return {
        queues: backups.map(({ queue }) => queue),
        copies: copies.map(({ destination, host }) => ({
          destination,
          host: host === '' ? null : host,
        })),
      };
    },
    forgetSelfTests: () => db.transaction().execute(forgetSelfTests),
  };
}

async function forgetSelfTests(db: CatalogDatabase): Promise<void> {
  const isTheirs = sql<boolean>`key in (select 'restore:' || workflow_id || ':' || run_id
    from pma_backup.restores where target = ${selfTestRestored})`;
  await db
    .updateTable('alarms')
    .set({ cleared_at: sql`now()` })
    .where('cleared_at', 'is', null)
    .where(isTheirs)
    .execute();
  await db.deleteFrom('restores').where('target', '=', selfTestRestored).execute();
  await db.deleteFrom('backups').where('database', '=', selfTestDatabase).execute();
}
