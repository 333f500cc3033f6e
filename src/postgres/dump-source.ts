import type pg from 'pg';
import { BackupError } from '../errors.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { endSessions } from './lock-watcher.ts';
import { requireOwnSession, requireTimeoutsOff } from './pooler.ts';
import { findClientProgram, type FoundProgram } from './programs.ts';
import { withSession } from './session.ts';
import { readSystemIdentifier } from './system-identifier.ts';
import { switchTimeoutsOff } from './timeouts.ts';

export interface DumpSource {
  readonly server: SourceReading['server'];
  readonly pgDump: FoundProgram;
  readonly pgDumpall: FoundProgram;
  readonly pgRestore: FoundProgram;
  /** Our role may read the password hashes of roles. */
  readonly readsPasswords: boolean;
  /** Names of the time-outs that hold for our role in this database. */
  readonly timeouts: readonly string[];
}

const oldest = 13;
const newest = 18;

/**
 * Looks whether this server can be dumped at all, and finds the programs for it; ends the sessions that a killed attempt
 * of the same run left behind.
 * Throws `pooler_refused`, `server_unsupported`, `standby_refused`, `program_missing`, `program_too_old` and what connecting throws.
 */
export async function inspectSource(
  connection: Connection,
  options: { readonly applicationName: string; readonly signal: AbortSignal },
): Promise<DumpSource> {
  const { server, timeouts, readsPasswords } = await withSession(
    connection,
    options,
    async (client) => {
      const pooler = await requireOwnSession(client, connection, options);
      const names = await switchTimeoutsOff(client);
      if (pooler !== 'none') await requireTimeoutsOff(connection, names, options);
      await endSessions(client, options.applicationName);
      const facts = await readFacts(client);
      requireSupported(facts, connection);
      const systemIdentifier = await readSystemIdentifier(client);
      const { version, databaseOid, readsPasswords } = facts;
      return {
        server: { version, databaseOid, systemIdentifier },
        ...{ timeouts: names, readsPasswords },
      };
    },
  );
  // One after the other: where all of them are too old, it is always the same one that is named.
  const pgDump = await findClientProgram('pg_dump', server.version);
  const pgDumpall = await findClientProgram('pg_dumpall', server.version);
  const pgRestore = await findClientProgram('pg_restore', server.version);
  return { server, pgDump, pgDumpall, pgRestore, timeouts, readsPasswords };
}

interface Facts {
  readonly version: number;
  readonly standby: boolean;
  readonly databaseOid: number;
  readonly readsPasswords: boolean;
}

async function readFacts(client: pg.Client): Promise<Facts> {
  const { rows } = await client.query<Facts>(
    `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
            (SELECT oid FROM pg_database WHERE datname = current_database()) AS "databaseOid",
            has_table_privilege('pg_authid', 'SELECT') AS "readsPasswords"`,
  );
  if (!rows[0]) throw new BackupError('internal', 'the server does not say its version');
  return rows[0];
}

/** Throws `server_unsupported` or `standby_refused`. */
export function requireSupported(
  { version, standby }: Pick<Facts, 'version' | 'standby'>,
  { host, port }: Pick<Connection, 'host' | 'port'>,
): void {
  const major = Math.floor(version / 10_000);
  if (major < oldest || major > newest) {
    throw new BackupError(
      'server_unsupported',
      `server '${host}' port ${port} is PostgreSQL ${major}, supported are ${oldest} to ${newest}`,
      { hint: major < oldest ? 'upgrade the server' : 'upgrade PMA Backup' },
    );
  }
  if (standby) {
    throw new BackupError('standby_refused', `server '${host}' port ${port} is a standby`, {
      hint: 'back up its primary',
    });
  }
}
