import type pg from 'pg';
import { BackupError } from '../errors.ts';

/** One request for a lock that is not granted yet. */
export interface LockWait {
  readonly pid: number;
  /** The same for as long as this wait lasts. */
  readonly id: string;
  readonly locktype: string;
  /** `schema.table`; null: not a relation of this database. */
  readonly relation: string | null;
  /** Who holds what this one wants, and who wanted it earlier; 0 is a prepared transaction. */
  readonly blockers: readonly number[];
}

export interface LockSession {
  readonly pid: number;
  readonly ours: boolean;
  readonly user: string | null;
  /** Its current or last statement; null where we may not see it. */
  readonly query: string | null;
  readonly state: string | null;
}

export interface LockQueue {
  readonly waits: readonly LockWait[];
  readonly sessions: ReadonlyMap<number, LockSession>;
}

export interface Verdict {
  /** Why the attempt has to be given up at once; undefined: nothing is wrong. */
  readonly giveUp: BackupError | undefined;
  /** What one of ours waits for: `table 'public.t' is locked by process 123 (ALTER TABLE)`. */
  readonly blocker: string | undefined;
}

/** All waits of the server; ours are those of sessions with this name, `%` in it for any text. Who is not allowed to see others' statements still sees their locks. */
export async function readLockQueue(
  client: pg.Client,
  applicationName: string,
): Promise<LockQueue> {
  const { rows: waits } = await client.query<LockWait>(waitsQuery);
  if (waits.length === 0) return { waits: [], sessions: new Map() };
  const pids = waits.flatMap(({ pid, blockers }) => [pid, ...blockers]);
  const { rows } = await client.query<LockSession>(sessionsQuery, [applicationName, pids]);
  return { waits, sessions: new Map(rows.map((session) => [session.pid, session])) };
}

const waitsQuery = `
  SELECT w.pid, pg_blocking_pids(w.pid) AS blockers, w.locktype,
         concat_ws('/', w.pid, w.virtualtransaction, w.locktype, w.relation, w.mode) AS id,
         n.nspname || '.' || c.relname AS relation
  FROM (SELECT * FROM pg_locks WHERE NOT granted OFFSET 0) w
  LEFT JOIN pg_database d ON d.oid = w.database AND d.datname = current_database()
  LEFT JOIN pg_class c ON c.oid = w.relation AND d.oid IS NOT NULL
  LEFT JOIN pg_namespace n ON n.oid = c.relnamespace`;

const sessionsQuery = `
  SELECT pid, application_name LIKE $1 AS ours, usename AS user, state,
         nullif(query, '<insufficient privilege>') AS query
  FROM pg_stat_activity WHERE application_name LIKE $1 OR pid = ANY ($2)`;

/**
 * Whether somebody suffers from us too much: one of ours waits behind somebody who waits for us, and none of them can
 * ever go on; or somebody waited for a table of ours for longer than `longest` seconds.
 */
export function judgeLocks(
  queue: LockQueue,
  { longest, waited }: { longest: number; waited: (wait: LockWait) => number },
): Verdict {
  const own = queue.waits.filter(({ pid }) => isOurs(queue, pid));
  const waiting = own.find(({ blockers }) => blockers.length > 0);
  return {
    blocker: waiting && describeWait(queue, waiting),
    giveUp: waitingForOurselves(queue, own) ?? blockedTooLong(queue, longest, waited),
  };
}

function waitingForOurselves(queue: LockQueue, own: readonly LockWait[]): BackupError | undefined {
  const wait = own.find(({ blockers }) => leadsBackToUs(queue, blockers));
  if (!wait) return undefined;
  const fact = describeWait(queue, wait);
  return new BackupError('lock_conflict', `${fact}, which waits for our locks itself`, {
    hint: 'back up when nobody truncates or alters tables',
  });
}

function describeWait(queue: LockQueue, wait: LockWait): string {
  const [blocker = 0] = wait.blockers;
  return `${tableOf(wait)} is locked by ${describeSession(queue, blocker)}`;
}

function leadsBackToUs(queue: LockQueue, blockers: readonly number[]): boolean {
  const seen = new Set<number>();
  const open = blockers.filter((pid) => !isOurs(queue, pid));
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (seen.has(pid)) continue;
    seen.add(pid);
    const next = queue.waits.filter((wait) => wait.pid === pid).flatMap((wait) => wait.blockers);
    if (next.some((blocker) => isOurs(queue, blocker))) return true;
    open.push(...next);
  }
  return false;
}

// Only waits for a table count: CREATE INDEX CONCURRENTLY waits for our snapshot to end, but keeps nobody from working.
function blockedTooLong(
  queue: LockQueue,
  longest: number,
  waited: (wait: LockWait) => number,
): BackupError | undefined {
  const victim = queue.waits.find(
    (wait) =>
      wait.locktype === 'relation' &&
      !isOurs(queue, wait.pid) &&
      wait.blockers.some((pid) => isOurs(queue, pid)) &&
      waited(wait) > longest,
  );
  if (!victim) return undefined;
  return new BackupError(
    'blocked_too_long',
    `the dump kept ${describeSession(queue, victim.pid)} waiting for ${tableOf(victim)} too long`,
    { hint: 'raise maxBlockSeconds, or back up when nobody truncates or alters tables' },
  );
}

function isOurs({ sessions }: LockQueue, pid: number): boolean {
  return sessions.get(pid)?.ours === true;
}

function tableOf({ relation, locktype }: LockWait): string {
  return relation === null ? `a lock (${locktype})` : `table '${relation}'`;
}

/** `process 123 (TRUNCATE, role 'app')`: never the whole statement, there may be secrets in it. */
function describeSession({ sessions }: LockQueue, pid: number): string {
  if (pid === 0) return 'a prepared transaction';
  const session = sessions.get(pid);
  const facts = [
    statementKind(session?.query ?? ''),
    session?.state?.startsWith('idle in transaction') ? 'idle in transaction' : undefined,
    session?.user ? `role '${session.user}'` : undefined,
  ].filter((fact) => fact !== undefined);
  return facts.length === 0 ? `process ${pid}` : `process ${pid} (${facts.join(', ')})`;
}

function statementKind(query: string): string | undefined {
  const words =
    /^(?:\s|--.*\n|\/\*[\s\S]*?\*\/)*([a-z]+(?:\s+(?:table|index|schema|view|full)\b)?)/i.exec(
      query,
    );
  return words?.[1]?.toUpperCase().replace(/\s+/g, ' ');
}
