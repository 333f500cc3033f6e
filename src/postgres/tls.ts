import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { rootCertificates, type ConnectionOptions } from 'node:tls';
import { BackupError } from '../errors.ts';
import type { Connection, SslMode } from './connection.ts';

export type TlsOptions = ConnectionOptions;

/**
 * libpq's meaning of `sslmode`: the ways to connect, to be tried in this order; `false` is without encryption.
 * Throws `tls_refused` when a certificate or key file cannot be read.
 */
export async function tlsAttempts(connection: Connection): Promise<(TlsOptions | false)[]> {
  if (connection.sslmode === 'disable' || connection.host.startsWith('/')) return [false];
  const tls = await tlsOptions(connection);
  if (connection.sslmode === 'allow') return [false, tls];
  if (connection.sslmode === 'prefer') return [tls, false];
  return [tls];
}

/** The files that libpq looks for in the home directory where the connection names none. */
export function defaultTlsFile(name: 'root.crt' | 'postgresql.crt' | 'postgresql.key'): string {
  return path.join(homedir(), '.postgresql', name);
}

/** Whether it was the encryption that failed, not the server or the login. */
export function isTlsProblem(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /does not support SSL|establishing an SSL|certificate/i.test(error.message) ||
    /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO)/.test(code)
  );
}

async function tlsOptions(connection: Connection): Promise<TlsOptions> {
  const ca = await rootCertificate(connection);
  const cert = await readOr(connection.sslcert, defaultTlsFile('postgresql.crt'));
  const key = cert && (await readOr(connection.sslkey, defaultTlsFile('postgresql.key')));
  return {
    ...(ca ? { ca } : {}),
    ...(cert && key ? { cert, key } : {}),
    ...verification(connection.sslmode, ca !== null),
  };
}

/** A root certificate turns `require` into `verify-ca`: libpq's rule for old configurations. */
function verification(mode: SslMode, hasRoot: boolean): TlsOptions {
  if (mode === 'verify-full') return { rejectUnauthorized: true };
  if (mode === 'verify-ca' || (mode === 'require' && hasRoot)) {
    return { rejectUnauthorized: true, checkServerIdentity: () => undefined };
  }
  return { rejectUnauthorized: false };
}

async function rootCertificate(connection: Connection): Promise<string[] | null> {
  const { sslmode, sslrootcert } = connection;
  if (sslrootcert === 'system') return [...rootCertificates];
  if (sslmode === 'allow' || sslmode === 'prefer') return null;
  const text = await readOr(sslrootcert, defaultTlsFile('root.crt'));
  if (text !== null) return [text];
  if (sslmode === 'require') return null;
  throw new BackupError('tls_refused', `sslmode '${sslmode}' needs a root certificate`, {
    hint: `name its file with sslrootcert (PGSSLROOTCERT), or put it at '${defaultTlsFile('root.crt')}'`,
  });
}

/** A file that was named must be readable; the default one need not exist. */
async function readOr(named: string | null, standard: string): Promise<string | null> {
  const file = named ?? standard;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (named === null) return null;
    throw new BackupError('tls_refused', `file '${file}' cannot be read`, {
      hint: `check sslrootcert, sslcert and sslkey of the connection`,
      cause: error,
    });
  }
}
