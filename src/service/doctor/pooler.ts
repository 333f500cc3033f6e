import type { Client } from 'pg';
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
  if ((await serverProcess(client)) === processToldAtLogin(client)) return ok('none in between');
  const mixes = await withSession(connection, { purpose: 'doctor', signal }, async (other) => {
    await client.query('BEGIN');
    await serverProcess(client);
    const before = await serverProcess(other);
    // What was used last is handed out first: the next transaction of the other gets what this one had.
    await client.query('COMMIT');
    return before !== (await serverProcess(other));
  });
  if (!mixes) return warning('there is one, in session mode', `the server's own port is safer`);
  return failed(
    'there is one in transaction mode: a dump would lose its snapshot and its locks',
    `name the server's own port in the settings, or a pool in session mode`,
  );
}

/** A pooler makes up what it tells, because nobody but it can cancel a query. */
function processToldAtLogin(client: Client): number {
  return (client as Client & { readonly processID: number }).processID; // missing in its types
}

async function serverProcess(client: Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
