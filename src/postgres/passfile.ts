import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';

/** The password for this connection: its own, else the first match of its password file. Throws `login_refused` if none. */
export async function findPassword(connection: Connection): Promise<string> {
  if (connection.password) return connection.password.reveal();
  const found = await lookUp(connection);
  if (found !== undefined) return found;
  throw new BackupError(
    'login_refused',
    `role '${connection.user}' needs a password on '${connection.host}:${connection.port}', and none was given`,
    {
      hint: `put it into the connection URL, PGPASSWORD, or a password file of mode 600 (PGPASSFILE)`,
    },
  );
}

/** One line of a password file that gives `password` to whatever libpq asks for. Throws `invalid_settings`. */
export function passfileLine(password: string): string {
  if (/[\r\n]/.test(password)) {
    throw new BackupError('invalid_settings', 'a password with a line break cannot be used', {
      hint: 'password files, and so the PostgreSQL programs, have no way to write it',
    });
  }
  return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`;
}

/** libpq's password file where none is named. */
export function defaultPassfile(): string {
  return path.join(homedir(), '.pgpass');
}

async function lookUp(connection: Connection): Promise<string | undefined> {
  const file = connection.passfile ?? defaultPassfile();
  const text = await readPrivate(file);
  const host = connection.host.startsWith('/') ? [connection.host, 'localhost'] : [connection.host];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const [lineHost, port, database, user, password] = fields(line);
    const matches =
      (lineHost === '*' || host.includes(lineHost ?? '')) &&
      [
        [port, String(connection.port)],
        [database, connection.database],
        [user, connection.user],
      ].every(([pattern, value]) => pattern === '*' || pattern === value);
    if (matches && password !== undefined) return password;
  }
  return undefined;
}

/** As libpq: a file that others may read is not used. */
async function readPrivate(file: string): Promise<string> {
  let mode: number;
  try {
    mode = (await stat(file)).mode;
  } catch {
    return ''; // libpq, too, takes a missing file for an empty one
  }
  if ((mode & 0o077) !== 0) {
    throw new BackupError('login_refused', `password file '${file}' can be read by others`, {
      hint: `chmod 600 '${file}'`,
    });
  }
  return readFile(file, 'utf8');
}

function fields(line: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (const [, escaped, char = ''] of line.matchAll(/\\(.)|(.)/gs)) {
    const ends = escaped === undefined && char === ':' && parts.length < 4;
    if (ends) parts.push(part);
    part = ends ? '' : part + (escaped ?? char);
  }
  return [...parts, part];
}
