import pg from 'pg';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { translatePgError } from './pg-error.ts';
import { isTlsProblem, tlsAttempts, type TlsOptions } from './tls.ts';

/** Connects with and without TLS in the order of `sslmode`, until one succeeds. Throws the signal's reason or why the last failed. */
export async function connectEither<T>(
  connection: Connection,
  attempt: (tls: TlsOptions | false) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const attempts = await tlsAttempts(connection);
  for (const [index, tls] of attempts.entries()) {
    try {
      return await attempt(tls);
    } catch (error) {
      signal?.throwIfAborted();
      const another = index + 1 < attempts.length && mayTryOtherwise(error);
      if (!another) throw translatePgError(error, connection);
    }
  }
  throw new BackupError('internal', 'no way to connect was tried');
}

/** libpq's `prefer` and `allow`: the other way is tried where it is the way that was refused, not who asked. */
function mayTryOtherwise(error: unknown): boolean {
  return isTlsProblem(error) || (error instanceof pg.DatabaseError && error.code === '28000');
}
