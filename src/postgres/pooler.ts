import type pg from 'pg';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { withoutTimeouts } from './timeouts.ts';
import { withSession, type SessionOptions } from './session.ts';

/** What stands between us and the server: a pooler that gives each session, or each transaction, one of its own. */
export type Pooler = 'none' | 'session' | 'transaction';

/** Looks who answers a session, with a second one where it is a pooler. Sets nothing. */
export async function findPooler(
  client: pg.Client,
  connection: Connection,
  session: SessionOptions,
): Promise<Pooler> {
  if ((await serverProcess(client)) === processToldAtLogin(client)) return 'none';
  return withSession(connection, session, async (other) =>
    (await changesProcess(client, other)) ? 'transaction' : 'session',
  );
}

/**
 * A pooler in transaction mode is refused before anything is set: what a dump sets for its sessions, pg_dump an empty
 * `search_path`, would stay for the application that gets them next. Throws `pooler_refused`.
 */
export async function requireOwnSession(
  client: pg.Client,
  connection: Connection,
  session: SessionOptions,
): Promise<'none' | 'session'> {
  const pooler = await findPooler(client, connection, session);
  if (pooler !== 'transaction') return pooler;
  const { host, port } = connection;
  throw new BackupError(
    'pooler_refused',
    `'${host}' port ${port} is a connection pooler in transaction mode`,
    { hint: "name the server's own port in the settings, or a pool in session mode" },
  );
}

/**
 * The programs get the time-outs of the role or the database switched off by PGOPTIONS, which a pooler may refuse;
 * `pg_dumpall` would not say why. Throws `pooler_refused`.
 */
export async function requireTimeoutsOff(
  connection: Connection,
  timeouts: readonly string[],
  session: SessionOptions,
): Promise<void> {
  const options = withoutTimeouts(connection.options, timeouts);
  await withSession({ ...connection, options }, session, () => Promise.resolve());
}

/** A pooler makes up what it tells, because nobody but it can cancel a query. */
function processToldAtLogin(client: pg.Client): number {
  return (client as pg.Client & { readonly processID: number }).processID; // missing in its types
}

// Others may take from the pool what we gave back.
const attempts = 3;

/** What was used last is handed out first: the next transaction of the other gets what this one had. */
async function changesProcess(client: pg.Client, other: pg.Client): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    await client.query('BEGIN');
    await serverProcess(client);
    const before = await serverProcess(other);
    await client.query('COMMIT');
    if (before !== (await serverProcess(other))) return true;
  }
  return false;
}

async function serverProcess(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return rows[0]?.pid ?? 0;
}
