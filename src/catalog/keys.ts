import { sql } from 'kysely';
import type { SealedBackups } from '../domain/readers.ts';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { KeyCatalog } from './contract/keys.ts';
import { catalogSchema, type CatalogDatabase } from './tables.ts';

/** What is stored encrypted, and which hosts could open it. */
export function keyMethods(db: CatalogDatabase): KeyCatalog {
  return {
    async sealedBackups() {
      return (await sql.raw<SealedBackups>(readSealedBackups).execute(db)).rows;
    },
    async rememberKeys({ host, keys, now }) {
      const held = { keys: [...keys], seen_at: now };
      await db
        .insertInto('key_holders')
        .values({ host, ...held })
        .onConflict((conflict) => conflict.column('host').doUpdateSet(held))
        .execute();
    },
    async keyHolders(since) {
      return db
        .selectFrom('key_holders')
        .select(['host', 'keys'])
        .where('seen_at', '>=', since)
        .orderBy('seen_at', 'desc')
        .execute();
    },
  };
}

/** The statement, for who looks at a catalog without opening it. */
export const readSealedBackups = `
  SELECT readers, count(*)::int AS backups
  FROM ${catalogSchema}.backups b
  WHERE readers IS NOT NULL AND database <> '${selfTestDatabase}' AND EXISTS (
    SELECT FROM ${catalogSchema}.copies c WHERE c.backup_id = b.id AND c.state IN ('good', 'locked'))
  GROUP BY readers ORDER BY backups DESC`;
