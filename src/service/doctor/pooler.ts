import type { Client } from 'pg';
import { words } from '../../domain/words.ts';
import type { Connection } from '../../postgres/connection.ts';
import { withSession } from '../../postgres/session.ts';
import { failed, ok, warning, type Finding } from './check.ts';

/**
 * Whether a pooler stands between us and the server, and whether it gives each transaction another session: a dump then
 * loses its snapshot and its locks.
 */
export async function checkPooler(
  client: Client,
  connection: Connection,
  signal: AbortSignal,
): Promise<Finding> {
  if ((await serverProcess(client)) === processToldAtLogin(client)) return ok(words('pooler.none'));
  const mixes = await withSession(connection, { purpose: 'doctor', signal }, async (other) => {
    await client.query('BEGIN');
    await serverProcess(client);
    const before = await serverProcess(other);
    // What was used last is handed out first: the next transaction of the other gets what this one had.
    await client.query('COMMIT');
    return before !== (await serverProcess(other));
  });
  if (!mixes) return warning(words('pooler.session'), words('pooler.session.hint'));
  return failed(words('pooler.transaction'), words('pooler.transaction.hint'));
}

/** A pooler makes up what it tells, because nobody but it can cancel a query. */
function processToldAtLogin(client: Client): number {
  return (client as Client & { readonly processID: number }).processID; // missing in its types
}

async function serverProcess(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
