import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { BackupError } from '../../../src/errors.ts';
import { translatePgError, type PgErrorContext } from '../../../src/postgres/pg-error.ts';

const context = { host: 'db.example.org', port: 5432, user: 'backup', database: 'shop' };

function failure(code: string, message = 'the words of the server', more: object = {}): Error {
  return Object.assign(new Error(message), { code }, more);
}

describe('a failure of PostgreSQL or of a socket', () => {
  it.each([
    ['28P01', 'login_refused'],
    ['28000', 'login_refused'],
    ['3D000', 'database_missing'],
    ['53300', 'too_many_connections'],
    ['53100', 'disk_full'],
    ['55P03', 'lock_conflict'],
    ['40P01', 'lock_conflict'],
    ['57P01', 'connection_lost'],
    ['08006', 'connection_lost'],
    ['ECONNRESET', 'connection_lost'],
    ['57P03', 'server_unreachable'],
    ['ECONNREFUSED', 'server_unreachable'],
    ['ETIMEDOUT', 'server_unreachable'],
    ['ENOENT', 'server_unreachable'],
    ['ENOTFOUND', 'host_unknown'],
    ['EAI_AGAIN', 'host_unknown'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls_refused'],
    ['42501', 'permission_denied'],
    ['22012', 'query_failed'],
    ['53200', 'query_failed'],
  ])('%s becomes %s', (code, expected) => {
    const error = translatePgError(failure(code), context);
    expect(error.code).toBe(expected);
    expect(error.message).not.toMatch(/[\n.]$/);
  });

  it.each([
    ['The server does not support SSL connections', 'tls_refused'],
    ['timeout expired', 'server_unreachable'],
    ['Connection terminated due to connection timeout', 'server_unreachable'],
    ['Connection terminated unexpectedly', 'connection_lost'],
    ['Client has encountered a connection error and is not queryable', 'connection_lost'],
    ['SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string', 'login_refused'],
  ])('without a code, "%s" becomes %s', (message, expected) => {
    expect(translatePgError(new Error(message), context).code).toBe(expected);
  });

  it('is told by the function that failed where the server speaks another language', () => {
    const hidden = failure('42501', 'die Anfrage wäre betroffen', { routine: 'check_enable_rls' });
    const full = failure('53200', 'Shared Memory aufgebraucht', {
      hint: 'Sie müssen vielleicht »max_locks_per_transaction« erhöhen.',
    });
    expect(translatePgError(hidden, context).code).toBe('row_security');
    expect(translatePgError(full, context).code).toBe('too_many_locks');
  });

  it('is looked up inside the failed attempts at several addresses', () => {
    const error = new AggregateError([failure('ECONNREFUSED'), failure('ECONNREFUSED')]);
    expect(translatePgError(error, context)).toMatchObject({
      code: 'server_unreachable',
      message: "server 'db.example.org' port 5432 cannot be reached: the words of the server",
    });
  });

  it('names table and role, and the GRANT that helps', () => {
    const object = { kind: 'table', schema: 'My "App"', name: '表' } as const;
    const refused = failure('42501', 'permission denied for table 表', {
      routine: 'aclcheck_error',
    });
    const asked: PgErrorContext = { ...context, object };
    expect(translatePgError(refused, asked)).toMatchObject({
      message: `role 'backup' may not read table 'My "App".表'`,
      hint: expect.stringMatching(
        /^GRANT SELECT ON TABLE "My ""App"""\."表" TO "backup"/,
      ) as string,
    });
  });

  it('names the schema that may not be entered', () => {
    const object = { kind: 'table', schema: 'app', name: 't' } as const;
    const refused = failure('42501', 'permission denied for schema app', {
      routine: 'aclcheck_error',
    });
    expect(translatePgError(refused, { ...context, object })).toMatchObject({
      message: `role 'backup' is not allowed to do this: permission denied for schema app`,
      hint: expect.stringMatching(/^GRANT USAGE ON SCHEMA "app" TO "backup"/) as string,
    });
  });

  it('is told in one line, with the SQLSTATE where it is not foreseen', () => {
    const error = translatePgError(failure('22012', 'division by zero\n  in some view\n'), context);
    expect(error.message).toBe('query failed: division by zero in some view (22012)');
    expect(error.cause).toBeInstanceOf(Error);
  });

  it('stays what it is when it was translated before', () => {
    const error = new BackupError('row_security', 'row security hides rows');
    expect(translatePgError(error, context)).toBe(error);
  });

  it('of a host that is not there comes from a real client', async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: 1, user: 'nobody' });
    const error: unknown = await client.connect().catch((thrown: unknown) => thrown);
    expect(translatePgError(error, client)).toMatchObject({ code: 'server_unreachable' });
  });
});
