import pg from 'pg';
import type { Connection } from './connection.ts';
import { sampleRows, sampleSchema } from './sample-schema.ts';
import { connect, withSession } from './session.ts';

const applicationName = 'pma-backup';

/**
 * Makes a database that looks like a real one, for whoever has not told us of theirs yet; one that is there is left as
 * it is. It gets its name when it is whole: a killed filling is begun anew.
 */
export async function ensureSampleDatabase(
  administration: Connection,
  { name = 'sample', report }: { name?: string; report?: (line: string) => void } = {},
): Promise<Connection> {
  const connection = { ...administration, database: name };
  const server = await connect(administration, { applicationName });
  try {
    if (await exists(server, name)) return connection;
    report?.(`filling the database '${name}' with sample data`);
    const unfinished = `${name}_unfinished`;
    const quoted = pg.escapeIdentifier(unfinished);
    await server.query(`DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`);
    await server.query(`CREATE DATABASE ${quoted} TEMPLATE template0`);
    await fillSampleDatabase({ ...administration, database: unfinished });
    await server.query(`ALTER DATABASE ${quoted} RENAME TO ${pg.escapeIdentifier(name)}`);
    return connection;
  } finally {
    await server.end();
  }
}

/** Fills an empty database in one transaction: the same rows every time; nothing is done when it was filled before. */
export async function fillSampleDatabase(connection: Connection): Promise<void> {
  await withSession(connection, { applicationName }, async (client) => {
    const { rowCount } = await client.query(`SELECT FROM pg_namespace WHERE nspname = 'institute'`);
    if (rowCount !== 0) return;
    await client.query(`BEGIN; SET LOCAL TimeZone = 'UTC'; ${sampleSchema} ${sampleRows} COMMIT;`);
    await client.query('VACUUM ANALYZE');
  });
}

async function exists(server: pg.Client, name: string): Promise<boolean> {
  const { rowCount } = await server.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  return rowCount === 1;
}
