import pg from 'pg';
import { Client } from './client.ts';
import { connectEither } from './connect-either.ts';
import type { Connection } from './connection.ts';
import { toPgConfig } from './pg-config.ts';
import type { SessionName } from './session-name.ts';

/**
 * A pool of sessions whose first one is open; the caller ends it. A session that is lost crashes nothing: it is replaced.
 * Throws what `connect` throws.
 */
export async function openPool(
  connection: Connection,
  options: SessionName & { readonly max: number },
): Promise<pg.Pool> {
  return connectEither(connection, async (tls) => {
    const config = toPgConfig(connection, options, tls);
    const pool = new pg.Pool({ ...config, Client, max: options.max, idleTimeoutMillis: 30_000 });
    // Without a listener a lost session would end the process, be it idle or in use: who uses it is told by his query.
    pool.on('error', () => undefined);
    pool.on('connect', (client) => client.on('error', () => undefined));
    try {
      (await pool.connect()).release();
      return pool;
    } catch (error) {
      await pool.end();
      throw error;
    }
  });
}
