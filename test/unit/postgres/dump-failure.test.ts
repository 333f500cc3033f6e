import { describe, expect, test } from 'vitest';
import { BackupError, type ErrorCode } from '../../../src/errors.ts';
import type { Connection } from '../../../src/postgres/connection.ts';
import { dumpFailure, isWorkerLockConflict } from '../../../src/postgres/dump-failure.ts';

describe('what pg_dump dies of', () => {
  test.each<[ErrorCode, string, string]>([
    [
      'lock_conflict',
      `pg_dump: error: could not obtain lock on relation "public.t"\nThis usually means that someone requested an ACCESS EXCLUSIVE lock on the table after the pg_dump parent process had gotten the initial ACCESS SHARE lock on the table.\npg_dump: error: a worker process died unexpectedly`,
      `could not obtain lock on relation "public.t"`,
    ],
    [
      'lock_conflict',
      `pg_dump: error: query failed: FEHLER:  storniere Anfrage wegen Zeitüberschreitung\npg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE`,
      `could not get a lock on public.t: query failed: FEHLER:  storniere Anfrage wegen Zeitüberschreitung`,
    ],
    [
      'permission_denied',
      `pg_dump: error: query failed: ERROR:  permission denied for table t\npg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE`,
      'query failed: ERROR:  permission denied for table t',
    ],
    [
      'too_many_locks',
      `pg_dump: error: query failed: ERROR:  out of shared memory\nHINT:  You might need to increase max_locks_per_transaction.\npg_dump: detail: Query was: LOCK TABLE public.t IN ACCESS SHARE MODE`,
      'query failed: ERROR:  out of shared memory',
    ],
    [
      'row_security',
      `pg_dump: error: query failed: ERROR:  query would be affected by row-level security policy for table "t"`,
      `query failed: ERROR:  query would be affected by row-level security policy for table "t"`,
    ],
    [
      'disk_full',
      `pg_dump: error: could not write to output file: No space left on device`,
      'could not write to output file: No space left on device',
    ],
    [
      'too_many_connections',
      `pg_dump: error: connection to server on socket "/tmp/.s.PGSQL.5432" failed: FATAL:  sorry, too many clients already`,
      'connection to server on socket "/tmp/.s.PGSQL.5432" failed: FATAL:  sorry, too many clients already',
    ],
    [
      'connection_lost',
      `pg_dump: error: Dumping the contents of table "t" failed: PQgetCopyData() failed.\npg_dump: detail: Error message from server: server closed the connection unexpectedly`,
      'Dumping the contents of table "t" failed: PQgetCopyData() failed',
    ],
    [
      'program_too_old',
      `pg_dump: error: aborting because of server version mismatch\npg_dump: detail: server version: 16.1; pg_dump version: 15.4`,
      'aborting because of server version mismatch',
    ],
    [
      'dump_failed',
      `pg_dump: error: schema with OID 5 does not exist.`,
      'schema with OID 5 does not exist',
    ],
    ['dump_failed', '', 'no message'],
  ])('%s', (code, detail, message) => {
    const error = failureOf(detail);
    expect(error).toMatchObject({ code, message: `pg_dump of 'shop': ${message}`, detail });
  });

  test('an error that is none of the program stays what it is', () => {
    const error = new BackupError('program_missing', 'no');
    expect(dumpFailure(error, 'pg_dump', connection)).toBe(error);
  });
});

test('only a worker that could not get its lock counts as a conflict of workers', () => {
  const lock = 'Query was: LOCK TABLE public.t IN ACCESS SHARE MODE';
  expect(isWorkerLockConflict(failureOf('could not obtain lock on relation "t"'))).toBe(true);
  expect(isWorkerLockConflict(failureOf(lock))).toBe(false);
  expect(isWorkerLockConflict(new Error('could not obtain lock on relation'))).toBe(false);
});

const connection: Connection = {
  host: '/tmp',
  port: 5432,
  user: 'backup',
  database: 'shop',
  password: null,
  passfile: null,
  sslmode: 'prefer',
  sslrootcert: null,
  sslcert: null,
  sslkey: null,
  options: null,
  connectTimeout: 5,
};

function failureOf(detail: string): unknown {
  const died = new BackupError('program_failed', 'pg_dump failed', { detail });
  return dumpFailure(died, 'pg_dump', connection);
}
