import type { AlarmCatalog } from './contract/alarms.ts';
import type { CatalogDatabase } from './tables.ts';

/** Since when something holds, for alarms that are raised only after a while. */
export function conditionMethods(db: CatalogDatabase): Pick<AlarmCatalog, 'rememberSince'> {
  return {
    async rememberSince(topic, keys, now) {
      await db
        .deleteFrom('conditions')
        .where('topic', '=', topic)
        .where((where) => where.not(where('key', '=', where.fn.any(where.val([...keys])))))
        .execute();
      if (keys.length > 0) {
        await db
          .insertInto('conditions')
          .values(keys.map((key) => ({ topic, key, since: now })))
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      }
      const rows = await db
        .selectFrom('conditions')
        .select(['key', 'since'])
        .where('topic', '=', topic)
        .execute();
      return new Map(rows.map(({ key, since }) => [key, since.toISOString()]));
    },
  };
}
