import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { withPrivateDirectory } from '../system/private-directory.ts';
import type { Connection } from './connection.ts';
import { passfileLine } from './passfile.ts';
import { sessionName, type SessionName } from './session-name.ts';

/**
 * Runs `use` with the environment in which PostgreSQL's programs find this connection. The password is in a file of
 * mode 600 that exists only while `use` runs, never in the environment itself.
 */
export async function withProgramEnvironment<T>(
  connection: Connection,
  name: SessionName,
  use: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  const environment = withoutPassword(connection, sessionName(name));
  const { password } = connection;
  if (password === null) return use(environment);
  return withPrivateDirectory(async (directory) => {
    const file = path.join(directory, 'pgpass');
    await writeFile(file, passfileLine(password.reveal()), { mode: 0o600, flag: 'wx' });
    return use({ ...environment, PGPASSFILE: file });
  });
}

function withoutPassword(connection: Connection, applicationName: string): Record<string, string> {
  const optional = {
    PGPASSFILE: connection.passfile,
    PGSSLROOTCERT: connection.sslrootcert,
    PGSSLCERT: connection.sslcert,
    PGSSLKEY: connection.sslkey,
    PGOPTIONS: connection.options,
    PGCHANNELBINDING: connection.channelBinding,
  };
  return {
    PGHOST: connection.host,
    PGPORT: String(connection.port),
    PGUSER: connection.user,
    PGDATABASE: connection.database,
    PGSSLMODE: connection.sslmode,
    PGAPPNAME: applicationName,
    PGCONNECT_TIMEOUT: String(connection.connectTimeout),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value != null)),
  };
}
