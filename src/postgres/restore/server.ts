import type pg from 'pg';
import { BackupError } from '../../errors.ts';
import type { Connection } from '../connection.ts';
import { lookAround, type ScratchPlace } from '../scratch-session.ts';
import { withSession } from '../session.ts';

/** A server that is restored on, seen from a database beside the target. */
export interface TargetServer {
  readonly client: pg.Client;
  readonly place: ScratchPlace;
}

/** Runs `use` with a session on the target's server: databases are made, renamed and dropped from another one. */
export async function withTargetServer<T>(
  target: Connection,
  signal: AbortSignal,
  use: (server: TargetServer) => Promise<T>,
): Promise<T> {
  const session = { purpose: 'restoring', signal };
  const [first, second] = ['postgres', 'template1'].filter((name) => name !== target.database);
  const on = (database: string) => {
    const connection = { ...target, database };
    return withSession(connection, session, async (client) =>
      use({ client, place: await lookAround(client, { connection, guest: null }) }),
    );
  };
  try {
    return await on(first ?? 'template1');
  } catch (error) {
    const isMissing = error instanceof BackupError && error.code === 'database_missing';
    if (!isMissing || second === undefined) throw error;
    return on(second);
  }
}
