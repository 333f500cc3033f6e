import type { Connection } from './connection.ts';

/**
 * A connection to the restored database on which the settings that came with it have no hold: a database may set a
 * time-out of a second, read-only transactions, or libraries to be loaded that are not here.
 */
export function scratchConnection(
  server: Connection,
  database: string,
  serverVersion: number,
): Connection {
  const settings = [
    'session_preload_libraries=',
    'local_preload_libraries=',
    'role=none',
    'statement_timeout=0',
    'lock_timeout=0',
    'idle_in_transaction_session_timeout=0',
    'default_transaction_read_only=off',
    'client_min_messages=warning',
    ...(serverVersion >= 140000 ? ['idle_session_timeout=0'] : []),
    ...(serverVersion >= 170000 ? ['transaction_timeout=0', 'event_triggers=off'] : []),
  ].map((setting) => `-c ${setting}`);
  return { ...server, database, options: [server.options ?? '', ...settings].join(' ').trim() };
}
