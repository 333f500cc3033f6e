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
