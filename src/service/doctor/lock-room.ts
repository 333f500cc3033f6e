import type { Client } from 'pg';
import { words } from '../../domain/words.ts';
import { failed, ok, warning, type Finding } from './check.ts';

/**
 * Whether the server's lock table has room for a dump: it holds a lock on every table, and reading a table locks its
 * indexes, too. The table's size is documented under `max_locks_per_transaction`.
 */
export async function checkLockRoom(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ needed: number; room: number; per: number }>(
    `SELECT (SELECT count(*)::int FROM pg_class WHERE relkind IN ('r', 'p', 'i', 'I', 'm', 'S')) AS needed,
       current_setting('max_locks_per_transaction')::int AS per,
       current_setting('max_locks_per_transaction')::int * (current_setting('max_connections')::int
         + current_setting('max_prepared_transactions')::int) AS room`,
  );
  const { needed = 0, room = 0, per = 0 } = rows[0] ?? {};
  const fact = words('lockTable.room', { needed, room });
  const target = Math.ceil((per * needed * 2) / Math.max(1, room));
  const hint = words('lockTable.hint', { target, now: per });
  if (needed > room) return failed(fact, hint);
  return needed * 2 > room ? warning(fact, hint) : ok(fact);
}
