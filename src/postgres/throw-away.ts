import pg from 'pg';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { withTargetServer } from './restore/server.ts';
import { fillSampleDatabase } from './sample-database.ts';
import { withSession } from './session.ts';

const applicationName = 'pma-backup: self-test';

/**
 * Makes a database to throw away and fills it with the sample; one of its name goes first. Returns whether the role is a
 * superuser. Throws `permission_denied` where it may not make databases.
 */
export async function makeThrowAway(connection: Connection, signal: AbortSignal): Promise<boolean> {
  return withTargetServer(connection, signal, async ({ client, place }) => {
    const name = pg.escapeIdentifier(connection.database);
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    try {
      await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
    } catch (error) {
      throw mayNot(error) ? noRight(connection) : error;
    }
    await fillSampleDatabase(connection);
    return place.superuser;
  });
}

/** Changes what an incremental has to carry: new, changed and deleted rows. */
export async function changeThrowAway(connection: Connection, signal: AbortSignal): Promise<void> {
  await withSession(connection, { applicationName, signal }, async (client) => {
    await client.query(changes);
  });
}

/** Removes that database and all whose names begin with its name and `_`: what it was restored into. */
export async function dropThrowAway(connection: Connection, signal: AbortSignal): Promise<void> {
  await withTargetServer(connection, signal, async ({ client }) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT datname AS name FROM pg_database WHERE datname = $1 OR starts_with(datname, $1 || '_')`,
      [connection.database],
    );
    for (const { name } of rows) {
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    }
  });
}

const changes = `
  INSERT INTO shop.customers (name, email)
    SELECT 'new ' || i, 'new' || i || '@shop.example' FROM generate_series(1, 100) i;
  UPDATE institute.researchers SET h_index = h_index + 1 WHERE id % 10 = 0;
  DELETE FROM shop.order_lines WHERE order_id % 100 = 0;
`;

function mayNot(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '42501';
}

function noRight({ user }: Connection): BackupError {
  return new BackupError(
    'permission_denied',
    `role '${user}' may not make the throw-away database of a self-test`,
    { hint: `ALTER ROLE ${pg.escapeIdentifier(user)} CREATEDB, and NOCREATEDB afterwards` },
  );
}
