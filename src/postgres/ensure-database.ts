import pg from 'pg';
import type { Connection } from './connection.ts';
import { withSession } from './session.ts';

/** Makes an empty database where there is none of that name. */
export async function ensureDatabase(server: Connection, name: string): Promise<void> {
  await withSession(server, { applicationName: 'pma-backup' }, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  });
}
