import { sql, type Kysely } from 'kysely';
import type { OwnTable } from '../domain/catalog-backup.ts';
import type { BroughtRows, OwnRow, OwnRowsCatalog } from './contract/own-rows.ts';
import { catalogSchema, type CatalogDatabase, type Tables } from './tables.ts';

const pageRows = 2000;

/** What the rows of each table are ordered by, and what of it is compared with the last one. */
const keys = { users: 'name', tokens: 'id', audit: 'id', alarms: 'id' } as const;
const numbered: readonly OwnTable[] = ['audit', 'alarms'];

/** What the catalog's own backup holds. */
export function ownRowsMethods(db: CatalogDatabase): OwnRowsCatalog {
  return {
    async identity() {
      const { id, brought_from, brought_at } = await db
        .selectFrom('identity')
        .selectAll()
        .executeTakeFirstOrThrow();
      if (brought_from === null || brought_at === null) return { id, brought: null };
      return { id, brought: { from: brought_from, at: brought_at.toISOString() } };
    },
    async ownRows({ table, after, passwords }) {
      const key = sql.ref(keys[table]);
      const given = numbered.includes(table) ? sql`${after}::bigint` : sql`${after}::text`;
      const { rows } = await sql<{ key: string; row: string }>`
        select ${key}::text as key,
               (${passwords ? sql`to_jsonb(t)` : sql`to_jsonb(t) - 'password_hash'`})::text as row
          from ${sql.table(`${catalogSchema}.${table}`)} t
         where ${given} is null or ${key} > ${given}
         order by ${key} limit ${pageRows}`.execute(db);
      const last = rows.length < pageRows ? null : (rows.at(-1)?.key ?? null);
      return { rows: rows.map(({ row }) => row), last };
    },
    bringBack: (from, rows) =>
      db.transaction().execute(async (transaction) => {
        const { brought_from } = await transaction
          .selectFrom('identity')
          .select('brought_from')
          .forUpdate()
          .executeTakeFirstOrThrow();
        if (brought_from !== null) return undefined;
        await gather(transaction, rows);
        const brought = await enter(transaction);
        await transaction
          .updateTable('identity')
          .set({ brought_from: from, brought_at: sql<Date>`now()` })
          .execute();
        return brought;
      }),
  };
}

async function gather(
  db: Kysely<Tables>,
  batches: AsyncIterable<readonly OwnRow[]>,
): Promise<void> {
  await sql`create temporary table brought (what text, item jsonb) on commit drop`.execute(db);
  for await (const batch of batches) {
    await sql`insert into brought
      select item->>'table', item->'row' from jsonb_array_elements(${JSON.stringify(batch)}::jsonb) item`.execute(
      db,
    );
  }
}

/** Columns are named, so that a newer one gets its default. */
async function enter(db: Kysely<Tables>): Promise<BroughtRows> {
  const { rows: users } = await sql<{ name: string; lacks: boolean }>`
    insert into pma_backup.users
      (name, role, password_hash, must_change_password, subject, created_at, last_login_at)
    select name, role, password_hash, must_change_password, subject, created_at, last_login_at
      from ${broughtAs('users')}
    on conflict do nothing
    returning name, password_hash is null and subject is null as lacks`.execute(db);
  const { rows: tokens } = await sql`
    insert into pma_backup.tokens
      (id, hash, name, user_name, scopes, created_at, expires_at, last_used_at)
    select id, hash, name, user_name, scopes, created_at, expires_at, last_used_at
      from ${broughtAs('tokens')}
     where user_name in (select name from pma_backup.users)
    on conflict do nothing
    returning 1`.execute(db);
  // Their ids come before those that are here, as they did in time: below 1 where there are none.
  const { numAffectedRows: audit = 0n } = await sql`
    insert into pma_backup.audit (id, at, user_name, via, address, action, target, result)
    overriding system value
    select (select coalesce(min(id), 1) from pma_backup.audit) - row_number() over (order by id desc),
           at, user_name, via, address, action, target, result
      from ${broughtAs('audit')}`.execute(db);
  // What is still wrong raises its alarm again; what the lost machine had is wrong no more.
  const { numAffectedRows: alarms = 0n } = await sql`
    insert into pma_backup.alarms
      (key, database, message, hint, code, raised_at, last_seen_at, cleared_at, told_at, times_told, end_told_at)
    select key, database, message, hint, code, raised_at, last_seen_at, coalesce(cleared_at, now()), told_at,
           times_told, coalesce(end_told_at, now())
      from ${broughtAs('alarms')} order by id`.execute(db);
  return {
    users: users.map(({ name }) => name).sort(),
    withoutPassword: users.flatMap(({ name, lacks }) => (lacks ? [name] : [])).sort(),
    tokens: tokens.length,
    ...{ audit: Number(audit), alarms: Number(alarms) },
  };
}

function broughtAs(table: OwnTable) {
  const type = sql.raw(`pma_backup.${table}`);
  return sql`(select r.* from brought b, jsonb_populate_record(null::${type}, b.item) r
               where b.what = ${table}) brought`;
}
