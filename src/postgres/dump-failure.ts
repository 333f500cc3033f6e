import { BackupError, type ErrorCode } from '../errors.ts';
import type { Connection } from './connection.ts';

/** What `program` (pg_dump, pg_dumpall) died of, read from its standard error; other errors stay what they are. */
export function dumpFailure(error: unknown, program: string, connection: Connection): unknown {
  if (!(error instanceof BackupError) || error.code !== 'program_failed') return error;
  const stderr = error.detail ?? '';
  const { code, hint } = meanings.find(({ sign }) => sign.test(stderr)) ?? otherwise;
  const fact = lockFact(code, stderr) ?? firstError(stderr);
  return new BackupError(code, `${program} of '${connection.database}': ${fact}`, {
    detail: stderr,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** A worker of `pg_dump -j` met a lock request that came after pg_dump's own: with one job that cannot happen. */
export function isWorkerLockConflict(error: unknown): boolean {
  return (
    error instanceof BackupError &&
    error.code === 'lock_conflict' &&
    workerLock.test(error.detail ?? '')
  );
}

const workerLock = /could not obtain lock on relation/;

interface Meaning {
  readonly sign: RegExp;
  readonly code: ErrorCode;
  readonly hint?: string;
}

// The programs speak English to us (LC_ALL), the server speaks its own language: the programs' words are looked for where
// there are any. The order matters: a refused LOCK TABLE is a matter of rights, any other failed one of locks.
const meanings: readonly Meaning[] = [
  {
    sign: /row-level security/,
    code: 'row_security',
    hint: 'back up as a superuser or as a role with BYPASSRLS',
  },
  {
    sign: /permission denied|must be (superuser|owner)/,
    code: 'permission_denied',
    hint: 'GRANT SELECT on it to the role that makes the backups, or make them as a superuser',
  },
  { sign: /max_locks_per_transaction|out of shared memory/, ...tooManyLocks() },
  { sign: workerLock, code: 'lock_conflict' },
  { sign: /Query was: LOCK TABLE/, code: 'lock_conflict' },
  {
    sign: /No space left on device|Disk quota exceeded/,
    code: 'disk_full',
    hint: 'free some space: a dump needs as much as the database itself',
  },
  {
    sign: /too many (clients|connections)|remaining connection slots|connection limit exceeded/,
    code: 'too_many_connections',
    hint: 'raise max_connections, or set a lower number of jobs',
  },
  {
    sign: /server version mismatch/,
    code: 'program_too_old',
    hint: 'install client programs that are at least as new as the server',
  },
  { sign: /authentication failed|no password supplied|pg_hba\.conf/, code: 'login_refused' },
  {
    sign: /server closed the connection|terminating connection|connection to server|no connection to the server|could not (receive|send) data|SSL SYSCALL|invalid snapshot identifier|the database system is/,
    code: 'connection_lost',
    hint: 'was the server restarted, or does something on the way close idle connections?',
  },
];

const otherwise: Omit<Meaning, 'sign'> = { code: 'dump_failed' };

function tooManyLocks(): Omit<Meaning, 'sign'> {
  return {
    code: 'too_many_locks',
    hint: 'raise max_locks_per_transaction above the number of tables divided by max_connections, and restart the server',
  };
}

function lockFact(code: ErrorCode, stderr: string): string | undefined {
  const table = /Query was: LOCK TABLE (.*) IN ACCESS SHARE MODE/.exec(stderr)?.[1];
  if (code !== 'lock_conflict' || table === undefined) return undefined;
  return `could not get a lock on ${table}: ${firstError(stderr)}`;
}

/** The line that says most: the first error, not the leader's complaint that a worker died. */
function firstError(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line !== '');
  const line = lines.find((text) => /: (error|fatal): |^(FATAL|ERROR):/.test(text)) ?? lines.at(-1);
  return (line ?? 'no message').replace(/^pg_\w+: (error|fatal): /, '').replace(/\.$/, '');
}
