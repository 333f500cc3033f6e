import { escapeIdentifier } from 'pg';
import { BackupError, type ErrorCode } from '../errors.ts';

/** What was being tried; a `Connection` or a `pg.Client` fits. Every field that is known makes the message better. */
export interface PgErrorContext {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly database?: string | undefined;
  /** What was being read, where the failure may be about it. */
  readonly object?: PgObject;
}

export interface PgObject {
  readonly kind: 'table' | 'sequence' | 'large object';
  /** null: lies in no schema. */
  readonly schema: string | null;
  readonly name: string;
}

/** What `pg` and Node's sockets throw, as far as we look at it. */
interface PgFailure {
  readonly message: string;
  readonly code: string;
  readonly hint: string;
  /** The server's C function: unlike the message never translated into the server's language. */
  readonly routine: string;
}

/** An error of `pg`, of PostgreSQL or of a socket as a `BackupError`; a `BackupError` stays what it is. */
export function translatePgError(error: unknown, context: PgErrorContext = {}): BackupError {
  if (error instanceof BackupError) return error;
  const failure = readFailure(error);
  const code = codeOf(failure);
  const { message, hint } = wording(code, failure, context);
  return new BackupError(code, oneLine(message), {
    cause: error,
    ...(hint === '' ? {} : { hint: oneLine(hint) }),
  });
}

function readFailure(error: unknown): PgFailure {
  if (!(error instanceof Error)) return { message: String(error), code: '', hint: '', routine: '' };
  // Node gathers the attempts at several addresses of one host into one AggregateError without a message.
  const inner: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const { message, code, hint, routine } = inner as Error & Record<string, unknown>;
  return { message, code: text(code), hint: text(hint), routine: text(routine) };
}

function codeOf(failure: PgFailure): ErrorCode {
  return (
    codeByState(failure) ??
    codes[failure.code] ??
    (/^08/.test(failure.code) ? 'connection_lost' : undefined) ??
    codeByMessage(failure) ??
    'query_failed'
  );
}

function codeByState({ code, hint, message, routine }: PgFailure): ErrorCode | undefined {
  if (/^unsupported startup parameter/.test(message)) return 'pooler_refused';
  if (code === '42501') {
    const hidesRows = routine === 'check_enable_rls' || /row-level security/.test(message);
    return hidesRows ? 'row_security' : 'permission_denied';
  }
  if (code === '53200' && /max_(pred_)?locks_per_transaction/.test(hint)) return 'too_many_locks';
  if (/^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH)/.test(code)) {
    return 'tls_refused';
  }
  return undefined;
}

const codes: Readonly<Record<string, ErrorCode>> = {
  '28P01': 'login_refused',
  '28000': 'login_refused',
  '3D000': 'database_missing',
  '53300': 'too_many_connections',
  '53100': 'disk_full',
  ENOSPC: 'disk_full',
  '55P03': 'lock_conflict',
  '40P01': 'lock_conflict',
  '57P01': 'connection_lost',
  '57P02': 'connection_lost',
  '57P05': 'connection_lost',
  '25P03': 'connection_lost',
  ECONNRESET: 'connection_lost',
  EPIPE: 'connection_lost',
  '57P03': 'server_unreachable',
  ECONNREFUSED: 'server_unreachable',
  ETIMEDOUT: 'server_unreachable',
  EHOSTUNREACH: 'server_unreachable',
  ENETUNREACH: 'server_unreachable',
  ENOENT: 'server_unreachable',
  EACCES: 'server_unreachable',
  ENOTFOUND: 'host_unknown',
  EAI_AGAIN: 'host_unknown',
};

/** `pg` throws plain errors of its own, without any code. */
function codeByMessage({ message, code }: PgFailure): ErrorCode | undefined {
  if (code !== '') return undefined;
  if (/does not support SSL|error establishing an SSL/i.test(message)) return 'tls_refused';
  if (/timeout expired|due to connection timeout/i.test(message)) return 'server_unreachable';
  if (/terminated|not queryable|connection error/i.test(message)) return 'connection_lost';
  if (/password must be a string|no password|SASL/i.test(message)) return 'login_refused';
  return undefined;
}

interface Wording {
  readonly message: string;
  readonly hint: string;
}

function wording(code: ErrorCode, failure: PgFailure, context: PgErrorContext): Wording {
  if (code === 'permission_denied') return refusedRead(failure, context);
  if (code === 'row_security') return hiddenRows(failure, context);
  const server = `server ${quoted(context.host)}${context.port === undefined ? '' : ` port ${context.port}`}`;
  const facts: Partial<Record<ErrorCode, string>> = {
    login_refused: `${server} refused role ${quoted(context.user)}`,
    database_missing: `${server} has no database ${quoted(context.database)}`,
    too_many_connections: `${server} has no connection left for us`,
    too_many_locks: `${server} has no room left in its lock table`,
    host_unknown: `host ${quoted(context.host)} is not known`,
    server_unreachable: `${server} cannot be reached`,
    tls_refused: `no TLS connection to ${server}`,
    pooler_refused: `${server} is a connection pooler that refuses a setting`,
    connection_lost: `connection to ${server} was lost`,
    disk_full: `disk of ${server} is full`,
    lock_conflict: `could not get a lock on ${context.object ? objectName(context.object) : 'a table'}`,
  };
  const fact = facts[code];
  const reason = failure.code === '' ? failure.message : `${failure.message} (${failure.code})`;
  return {
    message: fact === undefined ? `query failed: ${reason}` : `${fact}: ${failure.message}`,
    hint: hints[code] ?? failure.hint,
  };
}

const hints: Partial<Record<ErrorCode, string>> = {
  login_refused: `are the role's name and password right, and does pg_hba.conf let it in from this host?`,
  database_missing: 'is the name of the database right?',
  too_many_connections: 'raise max_connections, or let fewer backups run at once',
  too_many_locks: `raise max_locks_per_transaction above the number of tables divided by max_connections, and restart the server`,
  host_unknown: `is the host's name right, and does this machine's DNS know it?`,
  server_unreachable: 'is the server running, and are host, port and firewall right?',
  tls_refused: `do the server's TLS settings fit our sslmode and certificates?`,
  pooler_refused: `name the server's own port in the settings`,
  connection_lost: 'was the server restarted, or does something on the way close idle connections?',
  disk_full: 'free some space on the server',
};

function refusedRead(failure: PgFailure, { user, object }: PgErrorContext): Wording {
  const grantee = escapeIdentifier(user ?? 'the backup role');
  if (!object || isAboutSchema(failure)) {
    return {
      message: `role ${quoted(user)} is not allowed to do this: ${failure.message}`,
      hint: object?.schema
        ? `GRANT USAGE ON SCHEMA ${escapeIdentifier(object.schema)} TO ${grantee}, or GRANT pg_read_all_data TO ${grantee} (PostgreSQL 14 and newer)`
        : `grant it, or let a superuser make the backups`,
    };
  }
  const name = [object.schema ?? [], object.name].flat().map(escapeIdentifier).join('.');
  return {
    message: `role ${quoted(user)} may not read ${objectName(object)}`,
    hint:
      object.kind === 'large object'
        ? `GRANT SELECT ON LARGE OBJECT ${object.name} TO ${grantee}`
        : `GRANT SELECT ON ${object.kind.toUpperCase()} ${name} TO ${grantee}, or GRANT pg_read_all_data TO ${grantee} (PostgreSQL 14 and newer)`,
  };
}

/** Functions that a column's type calls can be refused too: then PostgreSQL's own words say more than the table's name. */
function isAboutSchema({ message, routine }: PgFailure): boolean {
  return /^permission denied for (schema|function|type|database)/.test(message) && routine !== '';
}

function hiddenRows(failure: PgFailure, { user, object }: PgErrorContext): Wording {
  const what = object ? objectName(object) : (/"(.*)"/.exec(failure.message)?.[0] ?? 'a table');
  return {
    message: `row security hides rows of ${what} from role ${quoted(user)}`,
    hint: `ALTER ROLE ${escapeIdentifier(user ?? 'the backup role')} BYPASSRLS, or let a superuser make the backups`,
  };
}

function objectName({ kind, schema, name }: PgObject): string {
  return `${kind} '${schema === null ? '' : `${schema}.`}${name}'`;
}

function quoted(name: string | undefined): string {
  return `'${name ?? '?'}'`;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function oneLine(message: string): string {
  return message.replace(/\s*\n\s*/g, ' ').replace(/\.$/, '');
}
