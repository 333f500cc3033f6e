import type pg from 'pg';
import type { Connection } from './connection.ts';
import { withSession } from './session.ts';

/** Bytes of a database on the disk of its server, indexes included. */
export async function databaseBytes(connection: Connection, signal: AbortSignal): Promise<number> {
  return withSession(connection, { applicationName: 'pma-backup', signal }, async (client) => {
    const { rows } = await client.query<{ bytes: string }>(
      'SELECT pg_database_size(current_database()) AS bytes',
    );
    return Number(rows[0]?.bytes ?? 0);
  });
}

/** Asks once a second how large the database has become. */
export function watchDatabaseSize(
  server: pg.Client,
  name: string,
  onBytes: (bytes: number) => void,
): { stop(): void; last(): number } {
  let last = 0;
  const ask = async (): Promise<void> => {
    const { rows } = await server.query<{ bytes: string }>(
      'SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = $1',
      [name],
    );
    last = Number(rows[0]?.bytes ?? 0);
    onBytes(last);
  };
  // A size that cannot be told now is told a second later; what is wrong with the server is said by the next real query.
  const timer = setInterval(() => void ask().catch(() => undefined), 1000);
  return { stop: () => clearInterval(timer), last: () => last };
}
