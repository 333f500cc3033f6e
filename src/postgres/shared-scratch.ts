import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { describeServer } from './connection.ts';
import { dropGuestRoles, listGuestsWithRoles } from './guest-roles.ts';
import { translatePgError } from './pg-error.ts';
import { dropScratchDatabase } from './scratch-database.ts';
import { lookAround, scratchConnection, scratchName } from './scratch-session.ts';
import { connect } from './session.ts';
import { switchTimeoutsOff } from './timeouts.ts';

export interface SharedScratchOptions {
  /** Needs CREATEDB and CREATEROLE at least; a superuser can restore everything. */
  readonly connection: Connection;
  readonly signal: AbortSignal;
  /** Called once where another test restore goes first. */
  onWaiting(): void;
}

/** A turn on a server of others: what is restored there carries this id. */
export interface Guest {
  readonly id: string;
  /** The given one, or that our turn is lost with the session that held it. */
  readonly signal: AbortSignal;
}

/**
 * Runs `use` when no other test restore is on that server, and removes the databases and roles of this one and of those
 * that were killed. The turn is a lock of our session: it ends with us, however we end. Throws what connecting throws.
 */
export async function withSharedScratch<T>(
  options: SharedScratchOptions,
  use: (guest: Guest) => Promise<T>,
): Promise<T> {
  const { connection, signal } = options;
  const id = randomBytes(5).toString('hex');
  const client = await connect(connection, { applicationName: applicationPrefix + id, signal });
  const lost = new AbortController();
  client.on('end', () => lost.abort(turnLost(connection)));
  try {
    await takeTurn(client, options);
    await removeLeftovers(client, connection);
    return await withRemoval(
      () => use({ id, signal: AbortSignal.any([signal, lost.signal]) }),
      () => removeGuest(client, connection, id),
    );
  } catch (error) {
    signal.throwIfAborted();
    throw translatePgError(error, connection);
  } finally {
    await client.end().catch(() => undefined); // it was lost before: nothing is left to close
  }
}

const applicationPrefix = 'pma-backup: test restore ';

function turnLost(connection: Connection): BackupError {
  const where = describeServer(connection);
  return new BackupError(
    'connection_lost',
    `the connection to the scratch server ${where} is lost`,
  );
}

/** After a failure removing is best effort, the next test restore does it again. */
async function withRemoval<T>(use: () => Promise<T>, remove: () => Promise<void>): Promise<T> {
  let result: T;
  try {
    result = await use();
  } catch (error) {
    await remove().catch(() => undefined);
    throw error;
  }
  await remove();
  return result;
}

// Asked for again and again: a session that waits for a lock could not be told to stop waiting.
async function takeTurn(client: pg.Client, options: SharedScratchOptions): Promise<void> {
  await switchTimeoutsOff(client);
  for (let tries = 0; ; tries += 1) {
    options.signal.throwIfAborted();
    const { rows } = await client.query<{ taken: boolean }>(
      `SELECT pg_try_advisory_lock(hashtextextended('pma-backup: test restore', 0)) AS taken`,
    );
    if (rows[0]?.taken) return;
    if (tries === 0) options.onWaiting();
    await sleep(1000, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

/** Locks are per database: one who reached the server by another one is known by its session, and left in peace. */
async function removeLeftovers(client: pg.Client, connection: Connection): Promise<void> {
  const guests = [
    ...(await listGuestsWithRoles(client)),
    ...(await listGuestsWithDatabases(client)),
  ];
  const { rows } = await client.query<{ name: string }>(
    `SELECT application_name AS name FROM pg_stat_activity WHERE starts_with(application_name, $1)`,
    [applicationPrefix],
  );
  const living = new Set(rows.map(({ name }) => name));
  for (const guest of new Set(guests)) {
    if (!living.has(applicationPrefix + guest)) await removeGuest(client, connection, guest);
  }
}

async function listGuestsWithDatabases(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ guest: string }>(
    `SELECT substring(datname FROM '^pma_verify_([0-9a-f]{10})') AS guest FROM pg_database
     WHERE datname ~ '^pma_verify_[0-9a-f]{10}(_again)?$' AND pg_has_role(datdba, 'MEMBER')`,
  );
  return rows.map(({ guest }) => guest);
}

async function removeGuest(
  client: pg.Client,
  connection: Connection,
  guest: string,
): Promise<void> {
  const place = await lookAround(client, { connection, guest });
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname IN ($1, $2)`,
    [scratchName(place, 'proof'), scratchName(place, 'again')],
  );
  for (const { name } of rows) await dropScratchDatabase(client, scratchConnection(place, name));
  await dropGuestRoles(client, guest);
}
