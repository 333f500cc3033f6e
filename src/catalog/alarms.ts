import { sql } from 'kysely';
import { isOfSelfTest } from '../domain/self-test.ts';
import type { AlarmCatalog, AlarmClaim, DueAlarm } from './contract/alarms.ts';
import type { CatalogDatabase } from './tables.ts';

/** What an administrator has to hear of until it is over. */
export function alarmMethods(db: CatalogDatabase): Omit<AlarmCatalog, 'rememberSince'> {
  return {
    async raiseAlarm({ key, database, message, hint, code = null }) {
      // Who runs a self-test reads what is wrong himself.
      if (isOfSelfTest(database)) return;
      await db
        .insertInto('alarms')
        .values({ key, database, message, hint, code })
        .onConflict((conflict) =>
          conflict
            .column('key')
            .where('cleared_at', 'is', null)
            .doUpdateSet({ database, message, hint, code, last_seen_at: sql`now()` }),
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
      return rows.map(({ key, database, message, hint, code, raised_at, last_seen_at }) => ({
        ...{ key, database, message, hint, code },
        raisedAt: raised_at.toISOString(),
        lastSeenAt: last_seen_at.toISOString(),
      }));
    },
    claimDueAlarms: (claim) => claimDue(db, claim),
    giveBackAlarms: (ids) => giveBack(db, ids),
  };
}

// An alarm that was over before anybody was told is nobody's business.
async function claimDue(
  db: CatalogDatabase,
  { owner, now, repeatHours }: AlarmClaim,
): Promise<DueAlarm[]> {
  const repeatBefore = new Date(now.getTime() - repeatHours * 3_600_000);
  const rows = await db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('alarms')
      .set({ told_at: now, told_by: owner, times_told: sql`times_told + 1` })
      .where('cleared_at', 'is', null)
      .where((where) =>
        where.or([where('told_at', 'is', null), where('told_at', '<=', repeatBefore)]),
      )
      .execute();
    await transaction
      .updateTable('alarms')
      .set({ end_told_at: now, told_by: owner })
      .where('cleared_at', 'is not', null)
      .where('told_at', 'is not', null)
      .where('end_told_at', 'is', null)
      .execute();
    return transaction
      .selectFrom('alarms')
      .selectAll()
      .where('told_by', '=', owner)
      .orderBy('id')
      .execute();
  });
  return rows.map((row) => ({
    ...{ id: Number(row.id), key: row.key, database: row.database },
    ...{ message: row.message, hint: row.hint, code: row.code },
    event: row.cleared_at !== null ? 'cleared' : row.times_told > 1 ? 'reminder' : 'alarm',
    raisedAt: row.raised_at.toISOString(),
    clearedAt: row.cleared_at?.toISOString() ?? null,
  }));
}

async function giveBack(db: CatalogDatabase, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return;
  const isOpen = sql`cleared_at IS NULL`;
  await db
    .updateTable('alarms')
    .set({
      told_by: null,
      end_told_at: null,
      told_at: sql`CASE WHEN ${isOpen} THEN NULL ELSE told_at END`,
      times_told: sql`CASE WHEN ${isOpen} THEN times_told - 1 ELSE times_told END`,
    })
    .where('id', 'in', [...ids])
    .execute();
}
