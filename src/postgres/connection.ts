import type { Secret } from '../secret.ts';

export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

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
}
