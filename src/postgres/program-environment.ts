import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasCode } from '../system/files.ts';
import type { Connection } from './connection.ts';
import { passfileLine } from './passfile.ts';

/**
 * Runs `use` with the environment in which PostgreSQL's programs find this connection. The password is in a file of
 * mode 600 that exists only while `use` runs, never in the environment itself.
 */
export async function withProgramEnvironment<T>(
  connection: Connection,
  options: { readonly applicationName: string },
  use: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  const environment = withoutPassword(connection, options.applicationName);
  const { password } = connection;
  if (password === null) return use(environment);
  const directory = await privateDirectory();
  try {
    const file = path.join(directory, 'pgpass');
    await writeFile(file, passfileLine(password.reveal()), { mode: 0o600, flag: 'wx' });
    return await use({ ...environment, PGPASSFILE: file });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Removes the password files that killed runs have left behind; call it at start-up. Those of living processes stay. */
export async function removeStalePassfiles(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = pidIn(name);
    if (pid === undefined || isAlive(pid)) continue;
    await rm(path.join(tmpdir(), name), { recursive: true, force: true });
  }
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

// The name carries our user and process id: who removes stale ones can tell whose they are.
const prefix = `pma-backup-passfile-${process.getuid?.() ?? 0}-`;

function privateDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), `${prefix}${process.pid}-`));
}

function pidIn(name: string): number | undefined {
  const digits = name.startsWith(prefix) ? /^\d+(?=-)/.exec(name.slice(prefix.length)) : null;
  return digits ? Number(digits[0]) : undefined;
}

/** EPERM: there is such a process, of somebody else. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
