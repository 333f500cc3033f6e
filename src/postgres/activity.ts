import type pg from 'pg';
import { judgeLocks, readLockQueue } from './lock-queue.ts';
import type { Connection } from './connection.ts';
import { sessionName } from './session-name.ts';
import { withSession } from './session.ts';

/** What a server does for us at one moment. */
export interface ServerActivity {
  /** Another one than before: something went on. */
  readonly signature: string;
  /** A session of ours is at work on a processor right now: also where nothing that can be counted moves. */
  readonly busy: boolean;
  /** What one of ours waits for: `table 'public.t' is locked by process 123 (ALTER TABLE)`. */
  readonly blocker: string | undefined;
}

export interface LookedAt {
  readonly connection: Connection;
  /** Of our sessions, with `%` for any text; null: the whole server works for us alone. */
  readonly applicationName: string | null;
}

const lookSeconds = 10;

/** Looks once, on a session of its own. Throws what `withSession` throws, after ten seconds at the latest. */
export async function readActivity({
  connection,
  applicationName,
}: LookedAt): Promise<ServerActivity> {
  const session = {
    purpose: 'looking',
    signal: AbortSignal.timeout(lookSeconds * 1000),
  };
  return withSession(connection, session, async (client) => {
    const { rows } = await client.query<{ busy: boolean; sessions: string; progress: string }>(
      activityQuery,
      [applicationName],
    );
    const { busy = false, sessions = '', progress = '' } = rows[0] ?? {};
    const wal = applicationName === null ? await walPosition(client) : '';
    const queue = await readLockQueue(
      client,
      applicationName ?? sessionName({ purpose: 'restoring' }),
    );
    const { blocker } = judgeLocks(queue, { longest: Infinity, waited: () => 0 });
    return { signature: [sessions, progress, wal].join(' '), busy, blocker };
  });
}

// Those who only look, such as the watcher of the locks, are no work. Numbers of a scan are told by no view: a session
// that is on a processor each time somebody looks is at work.
const activityQuery = `
  WITH ours AS (
    SELECT pid, state, query_start, wait_event_type, wait_event FROM pg_stat_activity
    WHERE pid <> pg_backend_pid() AND backend_type IN ('client backend', 'parallel worker')
      AND ($1::text IS NULL OR application_name LIKE $1)
      AND query !~ 'pg_locks|pg_stat_activity|pg_database_size')
  SELECT coalesce(bool_or(state = 'active' AND wait_event IS NULL), false) AS busy,
    coalesce(string_agg(concat_ws('/', pid, state, query_start, wait_event_type, wait_event), ' '
      ORDER BY pid), '') AS sessions,
    concat_ws(' ',
      (SELECT string_agg(p::text, ' ') FROM pg_stat_progress_create_index p JOIN ours USING (pid)),
      (SELECT string_agg(p::text, ' ') FROM pg_stat_progress_cluster p JOIN ours USING (pid)),
      (SELECT string_agg(p::text, ' ') FROM pg_stat_progress_analyze p JOIN ours USING (pid)))
      AS progress
  FROM ours`;

async function walPosition(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ wal: string }>(
    'SELECT pg_current_wal_insert_lsn()::text AS wal',
  );
  return rows[0]?.wal ?? '';
}
