import { sql } from 'kysely';
import type { Catalog } from './contract.ts';
import type { CatalogDatabase } from './tables.ts';

/** What an administrator has to hear of until it is over. */
export function alarmMethods(
  db: CatalogDatabase,
): Pick<Catalog, 'raiseAlarm' | 'clearAlarm' | 'alarms'> {
  return {
    async raiseAlarm({ key, database, message, hint }) {
      await db
        .insertInto('alarms')
        .values({ key, database, message, hint })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .where('cleared_at', 'is', null)
            .doUpdateSet({ database, message, hint, last_seen_at: sql`now()` }),
        )
        .execute();
    },
    async clearAlarm(key) {
      await db
        .updateTable('alarms')
        .set({ cleared_at: sql`now()` })
        .where('key', '=', key)
        .where('cleared_at', 'is', null)
        .execute();
    },
    async alarms() {
      const rows = await db
        .selectFrom('alarms')
        .selectAll()
        .where('cleared_at', 'is', null)
        .orderBy('raised_at', 'desc')
        .orderBy('id', 'desc')
        .execute();
      return rows.map(({ key, database, message, hint, raised_at, last_seen_at }) => ({
        ...{ key, database, message, hint },
        raisedAt: raised_at.toISOString(),
        lastSeenAt: last_seen_at.toISOString(),
      }));
    },
  };
}
