import { userInfo } from 'node:os';
import { BackupError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { readConnectionText, type Parameter, type Parameters } from './connection-text.ts';

export const sslModes = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const;
export type SslMode = (typeof sslModes)[number];

/** How to reach one PostgreSQL database; the one form that both `pg` and the programs are given. */
export interface Connection {
  /** Host name, address, or the directory of a unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: Secret | null;
  /** A password file to look in where `password` is null, as libpq does. */
  readonly passfile: string | null;
  readonly sslmode: SslMode;
  readonly sslrootcert: string | null;
  readonly sslcert: string | null;
  readonly sslkey: string | null;
  /** Command-line options for the server session, as in PGOPTIONS. */
  readonly options: string | null;
  /** Seconds. */
  readonly connectTimeout: number;
  /** SCRAM bound to the TLS channel; only where the connection text asks for it. */
  readonly channelBinding?: 'require';
}

/** Seconds to wait where nothing is said: libpq would wait for ever, a backup service must not. */
const defaultConnectTimeout = 10;

const environmentVariables: Partial<Record<Parameter, string>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  passfile: 'PGPASSFILE',
  dbname: 'PGDATABASE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  channel_binding: 'PGCHANNELBINDING',
};

/**
 * Reads a connection URL or `key=value` text with libpq's meaning; what it leaves open comes from the PG* variables of
 * `environment`, then libpq's defaults. Throws `invalid_settings` that names the parameter and never the password.
 */
export function parseConnection(
  text: string,
  environment: Readonly<Record<string, string | undefined>> = {},
): Connection {
  const given = readConnectionText(text);
  const read = (parameter: Parameter) => valueOf(parameter, given, environment);
  const user = read('user') ?? userInfo().username;
  const password = read('password');
  return Object.freeze({
    host: hostOf(read('host')),
    port: portOf(read('port')),
    user,
    database: read('dbname') ?? user,
    password: password === null ? null : new Secret(password),
    passfile: read('passfile'),
    sslmode: sslModeOf(read('sslmode')),
    sslrootcert: read('sslrootcert'),
    sslcert: read('sslcert'),
    sslkey: read('sslkey'),
    options: read('options'),
    connectTimeout: timeoutOf(read('connect_timeout')),
    ...channelBindingOf(read('channel_binding')),
  });
}

/** `user@host:port/database`: for people; no secret in it. */
export function describeConnection({ user, host, port, database }: Connection): string {
  return `${user}@${describeServer({ host, port })}/${database}`;
}

/** `host:port`, an IPv6 address in brackets. */
export function describeServer({ host, port }: Pick<Connection, 'host' | 'port'>): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function valueOf(
  parameter: Parameter,
  given: Parameters,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const variable = environmentVariables[parameter];
  // Empty counts as not given, as in libpq.
  return given[parameter] || (variable && environment[variable]) || null;
}

function hostOf(host: string | null): string {
  if (host === null) return '/var/run/postgresql';
  if (host.includes(',')) {
    throw new BackupError('invalid_settings', `several hosts in one connection are not supported`, {
      hint: `name the primary alone`,
    });
  }
  return host;
}

function portOf(text: string | null): number {
  if (text === null) return 5432;
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65535) return port;
  throw wrong('port', 'a number from 1 to 65535', text);
}

function sslModeOf(text: string | null): SslMode {
  if (text === null) return 'prefer';
  const mode = sslModes.find((each) => each === text);
  if (mode) return mode;
  throw wrong('sslmode', sslModes.join(', '), text);
}

/** libpq: 0 and less is "for ever", and 1 is rounded up to 2. */
function timeoutOf(text: string | null): number {
  if (text === null) return defaultConnectTimeout;
  if (!/^\s*-?\d+\s*$/.test(text)) throw wrong('connect_timeout', 'seconds', text);
  const seconds = Number(text);
  return seconds <= 0 ? defaultConnectTimeout : Math.max(2, seconds);
}

function channelBindingOf(text: string | null): { channelBinding?: 'require' } {
  if (text === null || text === 'prefer' || text === 'disable') return {};
  if (text === 'require') return { channelBinding: text };
  throw wrong('channel_binding', 'disable, prefer, require', text);
}

function wrong(parameter: Parameter, expected: string, got: string): BackupError {
  return new BackupError(
    'invalid_settings',
    `connection parameter '${parameter}' must be ${expected}, got '${got}'`,
    { hint: `check the connection URL and the PG* variables` },
  );
}
