import type pg from 'pg';
import type { Connection } from './connection.ts';
import { findPassword } from './passfile.ts';
import { sessionName, type SessionName } from './session-name.ts';
import type { TlsOptions } from './tls.ts';

/** A connection for our `Client`. Everything is said, so that `pg` looks nothing up by rules of its own. */
export function toPgConfig(
  connection: Connection,
  name: SessionName,
  tls: TlsOptions | false,
): pg.ClientConfig {
  return {
    host: connection.host,
    port: connection.port,
    user: connection.user,
    database: connection.database,
    // A function: asked only when the server wants a password, so that a password file is read as late as libpq does.
    password: () => findPassword(connection),
    ssl: tls,
    ...(connection.options !== null && { options: connection.options }),
    application_name: sessionName(name),
    connectionTimeoutMillis: connection.connectTimeout * 1000,
    keepAlive: true,
    keepAliveInitialDelayMillis: 60_000,
    enableChannelBinding: connection.channelBinding === 'require',
  };
}
