import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { Connection } from './connection.ts';

/** A server that dumps are restored on for a test. */
export interface ScratchPlace {
  readonly connection: Connection;
  /** As in `server_version_num`. */
  readonly version: number;
  readonly superuser: boolean;
  /** The id of all that we make on a server of others; null: the server is ours alone. */
  readonly guest: string | null;
}

/** Finds out what the session's role may do there. */
export async function lookAround(
  client: pg.Client,
  { connection, guest }: Pick<ScratchPlace, 'connection' | 'guest'>,
): Promise<ScratchPlace> {
  const { rows } = await client.query<{ version: number; superuser: boolean }>(
    `SELECT current_setting('server_version_num')::int AS version,
            current_setting('is_superuser') = 'on' AS superuser`,
  );
  return { connection, guest, version: 0, superuser: false, ...rows[0] };
}

/** A new name; on a server of others one by which `withSharedScratch` finds and removes the database. */
export function scratchName({ guest }: ScratchPlace, purpose: 'proof' | 'again'): string {
  if (guest === null) return `${purpose}_${randomBytes(5).toString('hex')}`;
  return purpose === 'proof' ? `pma_verify_${guest}` : `pma_verify_${guest}_${purpose}`;
}

/**
 * A connection to the restored database on which the settings that came with it have no hold: a database may set a
 * time-out of a second, read-only transactions, or libraries to be loaded that are not here.
 */
export function scratchConnection(place: ScratchPlace, database: string): Connection {
  const { connection, version, superuser } = place;
  const settings = [
    ...(superuser ? ['session_preload_libraries='] : []), // who may not set it here may not restore it either
    'local_preload_libraries=',
    'role=none',
    'statement_timeout=0',
    'lock_timeout=0',
    'idle_in_transaction_session_timeout=0',
    'default_transaction_read_only=off',
    'client_min_messages=warning',
    ...(version >= 140000 ? ['idle_session_timeout=0'] : []),
    ...(version >= 170000 ? ['transaction_timeout=0'] : []),
    ...(version >= 170000 && superuser ? ['event_triggers=off'] : []),
  ].map((setting) => `-c ${setting}`);
  return {
    ...connection,
    database,
    options: [connection.options ?? '', ...settings].join(' ').trim(),
  };
}
