import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { BackupError } from '../errors.ts';

export interface OsUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Whom our own PostgreSQL runs as (it refuses to run as root); null: as ourselves. */
export function clusterUser(): OsUser | null {
  return isRoot() ? requireUser(['postgres', 'daemon']) : null;
}

/** Whom restored code runs as: somebody who can read neither artifacts, keys, settings nor the catalog. */
export function scratchUser(): OsUser | null {
  return isRoot() ? requireUser(['nobody']) : null;
}

/** The first of these names that the password file knows (initdb wants an entry for its user). */
export function requireUser(names: readonly string[], passwd = readPasswd()): OsUser {
  const users = passwd.split('\n').map(parseEntry);
  for (const name of names) {
    const user = users.find((entry) => entry?.name === name && entry.uid !== 0);
    if (user) return user;
  }
  throw new BackupError(
    'start_failed',
    `PostgreSQL cannot run as root and there is no user ${names.map((n) => `'${n}'`).join(' or ')}`,
    { hint: `useradd --system ${names[0] ?? 'postgres'}, or run us as an ordinary user` },
  );
}

/** Who we are, for records. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? '?'}`; // without an entry in the password file
  }
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

function readPasswd(): string {
  return readFileSync('/etc/passwd', 'utf8');
}

function parseEntry(line: string): OsUser | undefined {
  const [name = '', , uid = '', gid = ''] = line.split(':');
  return /^\d+$/.test(uid) && /^\d+$/.test(gid)
    ? { name, uid: Number(uid), gid: Number(gid) }
    : undefined;
}
