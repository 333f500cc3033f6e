import pg from 'pg';
import type { DatabaseProperties, NotCompared } from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { translatePgError } from './pg-error.ts';
import { withSession } from './session.ts';

/**
 * Makes an empty database with the encoding and locale of the source; where this server lacks the locale, with `C`
 * instead, and says so.
 */
export async function createScratchDatabase(
  client: pg.Client,
  name: string,
  properties: DatabaseProperties,
  serverVersion: number,
): Promise<NotCompared | null> {
  const head = `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0 ENCODING ${pg.escapeLiteral(properties.encoding)}`;
  try {
    await client.query(`${head} ${localeOf(properties, serverVersion)}`);
    return null;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !localeStates.has(error.code ?? ''))
      throw translatePgError(error, client);
  }
  await client.query(
    `${head} LC_COLLATE 'C' LC_CTYPE 'C'${serverVersion >= 150000 ? ' LOCALE_PROVIDER libc' : ''}`,
  );
  return {
    what: `locale '${properties.icuLocale ?? properties.collate}' of the database`,
    why: `it is not installed on the scratch server, where 'C' stands in for it`,
  };
}

/** Makes a database as a copy of another one, which nobody may use meanwhile. */
export async function copyScratchDatabase(
  client: pg.Client,
  name: string,
  of: string,
  serverVersion: number,
): Promise<void> {
  // Without the other strategy, which writes it all into the WAL first.
  const strategy = serverVersion >= 150000 ? ' STRATEGY file_copy' : '';
  await client.query(
    `CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(of)}${strategy}`,
  );
}

/** wrong_object_type: PostgreSQL's own choice for an unknown locale; invalid_parameter_value and the like for others. */
const localeStates = new Set(['42809', '22023', '42704', '0A000', '42601']);

function localeOf(properties: DatabaseProperties, serverVersion: number): string {
  const { collate, ctype, localeProvider, icuLocale } = properties;
  const libc = `LC_COLLATE ${pg.escapeLiteral(collate)} LC_CTYPE ${pg.escapeLiteral(ctype)}`;
  if (serverVersion < 150000) return libc;
  if (localeProvider === 'libc') return `${libc} LOCALE_PROVIDER libc`;
  const option = localeProvider === 'icu' ? 'ICU_LOCALE' : 'BUILTIN_LOCALE';
  return `${libc} LOCALE_PROVIDER ${localeProvider} ${option} ${pg.escapeLiteral(icuLocale ?? '')}`;
}

/** Ends every session on it and removes it. A subscription in it would forbid that, so it goes first. */
export async function dropScratchDatabase(server: pg.Client, inside: Connection): Promise<void> {
  const { rows } = await server.query<{ name: string }>(
    `SELECT subname AS name FROM pg_subscription
     WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = $1)`,
    [inside.database],
  );
  if (rows.length > 0) {
    await withSession(inside, { purpose: 'removing' }, async (client) => {
      await disableEventTriggers(client);
      for (const { name } of rows) await dropSubscription(client, pg.escapeIdentifier(name));
    });
  }
  const name = pg.escapeIdentifier(inside.database);
  await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** The restored database may forbid to drop things. */
async function disableEventTriggers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT evtname AS name FROM pg_event_trigger',
  );
  for (const { name } of rows)
    await client.query(`ALTER EVENT TRIGGER ${pg.escapeIdentifier(name)} DISABLE`);
}

async function dropSubscription(client: pg.Client, name: string): Promise<void> {
  await client.query(`ALTER SUBSCRIPTION ${name} DISABLE`);
  await client.query(`ALTER SUBSCRIPTION ${name} SET (slot_name = NONE)`);
  await client.query(`DROP SUBSCRIPTION ${name}`);
}
