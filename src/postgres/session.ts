import { Socket } from 'node:net';
import pg from 'pg';
import { Client } from './client.ts';
import { connectEither } from './connect-either.ts';
import type { Connection } from './connection.ts';
import { toPgConfig } from './pg-config.ts';
import type { SessionName } from './session-name.ts';
import { translatePgError } from './pg-error.ts';
import type { TlsOptions } from './tls.ts';

export type SessionOptions = SessionName & { readonly signal?: AbortSignal };

/**
 * Opens a session; the caller ends it. The signal stops the connecting only. A connection that is lost later crashes
 * nothing: the next query fails. Throws the signal's reason, or `host_unknown`, `server_unreachable`, `login_refused`,
 * `database_missing`, `tls_refused`, `too_many_connections`.
 */
export async function connect(connection: Connection, options: SessionOptions): Promise<pg.Client> {
  const { client } = await open(connection, options);
  return client;
}

/**
 * Runs `use` with a session of its own that is closed afterwards, also when `use` throws. Aborting the signal stops the
 * query that runs on the server, too. PostgreSQL's errors come out as `BackupError`.
 */
export async function withSession<T>(
  connection: Connection,
  options: SessionOptions,
  use: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const session = await open(connection, options);
  const stop = () => void terminate(connection, session);
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    options.signal?.throwIfAborted();
    return await use(session.client);
  } catch (error) {
    options.signal?.throwIfAborted(); // what the query said when it was stopped is of no interest
    throw error instanceof pg.DatabaseError || session.lost()
      ? translatePgError(error, connection)
      : error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
    await close(session);
  }
}

interface Session {
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly lost: () => boolean;
}

const closingSeconds = 2;

function open(connection: Connection, options: SessionOptions): Promise<Session> {
  const { signal } = options;
  return connectEither(connection, (tls) => attempt(connection, options, tls), signal);
}

async function attempt(
  connection: Connection,
  options: SessionOptions,
  tls: TlsOptions | false,
): Promise<Session> {
  options.signal?.throwIfAborted();
  const socket = new Socket();
  const client = new Client({
    ...toPgConfig(connection, options, tls),
    stream: () => socket,
  });
  let lost = false;
  client.on('error', () => (lost = true)); // without a listener a lost connection would end the process
  client.on('end', () => (lost = true));
  const stop = () => socket.destroy(new Error('aborted'));
  options.signal?.addEventListener('abort', stop, { once: true });
  try {
    await client.connect();
    return { client, socket, lost: () => lost };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

/** Ends the session on the server: closing our side alone would let a long query run on there. */
async function terminate(connection: Connection, { client, socket }: Session): Promise<void> {
  const { processID } = client as pg.Client & { readonly processID: number }; // missing in its types
  try {
    const other = await open(connection, { purpose: 'stopping a query' });
    await other.client.query('select pg_terminate_backend($1)', [processID]);
    await close(other);
  } catch {
    // best effort: the server itself notices the closed connection when it next writes to it
  } finally {
    socket.destroy();
  }
}

/** A server that does not answer the goodbye is left after two seconds. */
async function close({ client, socket }: Session): Promise<void> {
  const patience = setTimeout(() => socket.destroy(), closingSeconds * 1000);
  try {
    await client.end();
  } catch {
    // it was lost before: nothing is left to close
  } finally {
    clearTimeout(patience);
    socket.destroy();
  }
}
