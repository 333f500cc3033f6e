import pg from 'pg';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { listLockableTables, qualifiedName, type LockableTable } from './lockable-tables.ts';
import { translatePgError } from './pg-error.ts';

export interface SnapshotOptions {
  readonly connection: Connection;
  /** How long each table may keep us waiting. */
  readonly lockTimeoutSeconds: number;
  /** Who blocks us, as far as somebody has seen it. */
  readonly lastBlocker: () => string | undefined;
  /** Between reading the list of tables and locking them. */
  beforeLocks?(): Promise<void>;
}

export interface SharedSnapshot {
  /** The name under which other sessions import it. */
  readonly id: string;
  /** ISO time on the server's clock, not after the snapshot. */
  readonly takenAt: string;
  readonly tables: readonly LockableTable[];
}

/**
 * Begins one transaction in each session, all with the same snapshot and with ACCESS SHARE on every table. Nobody can
 * truncate or rewrite a table from before the snapshot was taken until the last of them ends.
 * Throws `lock_conflict` where it should be tried again with the locks released.
 */
export async function shareSnapshot(
  holder: pg.Client,
  readers: readonly pg.Client[],
  options: SnapshotOptions,
): Promise<SharedSnapshot> {
  const { user } = options.connection;
  const sessions = [holder, ...readers];
  const wanted = await listLockableTables(holder, user);
  await options.beforeLocks?.();
  await Promise.all(sessions.map((session) => beginWithLocks(session, wanted, options)));
  const { id, takenAt } = await exportSnapshot(holder);
  await Promise.all(
    readers.map((reader) => reader.query(`SET TRANSACTION SNAPSHOT ${pg.escapeLiteral(id)}`)),
  );
  const tables = await listLockableTables(holder, user);
  requireStillThere(wanted, tables);
  await Promise.all(sessions.map((session) => requireLocked(session, tables)));
  return { id, takenAt, tables };
}

// TRUNCATE and rewrites are not MVCC-safe: a snapshot from before them would see empty tables. LOCK takes no snapshot, so
// what was committed while we waited for a lock is in the snapshot that is taken after it.
async function beginWithLocks(
  session: pg.Client,
  tables: readonly LockableTable[],
  options: SnapshotOptions,
): Promise<void> {
  const milliseconds = Math.max(1, Math.round(options.lockTimeoutSeconds * 1000));
  try {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    if (tables.length === 0) return;
    await session.query(`SET LOCAL lock_timeout = ${milliseconds}`);
    const names = tables.map((table) => `ONLY ${qualifiedName(table)}`);
    await session.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    // From here on only indexes are waited for (REINDEX holds them), and whoever holds one does not wait for us.
    await session.query('SET LOCAL lock_timeout = 0');
  } catch (error) {
    throw lockFailure(error, options);
  }
}

async function exportSnapshot(holder: pg.Client): Promise<{ id: string; takenAt: string }> {
  const { rows } = await holder.query<{ id: string; at: Date }>(
    'SELECT pg_export_snapshot() AS id, statement_timestamp() AS at',
  );
  const row = rows[0];
  if (!row) throw new BackupError('internal', 'the exported snapshot has no name');
  return { id: row.id, takenAt: row.at.toISOString() };
}

function requireStillThere(
  wanted: readonly LockableTable[],
  found: readonly LockableTable[],
): void {
  const oids = new Set(found.map(({ oid }) => oid));
  const gone = wanted.find(({ oid }) => !oids.has(oid));
  if (gone) throw changedMeanwhile(`table '${gone.schema}.${gone.table}' was dropped`);
}

/** Asks for what is really locked: between the list and the lock a name may have gone over to another table. */
async function requireLocked(session: pg.Client, tables: readonly LockableTable[]): Promise<void> {
  const { rows } = await session.query<{ oid: number }>(
    `SELECT DISTINCT relation AS oid FROM pg_locks
     WHERE pid = pg_backend_pid() AND granted AND locktype = 'relation'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const locked = new Set(rows.map(({ oid }) => oid));
  const missed = tables.find(({ oid }) => !locked.has(oid));
  if (missed) {
    throw changedMeanwhile(`table '${missed.schema}.${missed.table}' was created or renamed`);
  }
}

function changedMeanwhile(fact: string): BackupError {
  return new BackupError('lock_conflict', `${fact} while the tables were being locked`, {
    hint: 'back up when the application makes and drops no tables',
  });
}

// undefined_table, invalid_schema_name, wrong_object_type: dropped or replaced since the list was read.
const goneStates = new Set(['42P01', '3F000', '42809']);
const waitStates = new Set(['55P03', '40P01']);

function lockFailure(error: unknown, { connection, lastBlocker }: SnapshotOptions): BackupError {
  const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
  if (goneStates.has(state)) {
    const reason = error instanceof Error ? error.message : '';
    return changedMeanwhile(`a table went away (${reason})`);
  }
  if (!waitStates.has(state)) return translatePgError(error, connection);
  const blocker = lastBlocker();
  return new BackupError(
    'lock_conflict',
    blocker === undefined
      ? `a table of '${connection.database}' is locked by somebody else`
      : blocker,
    { hint: 'let that transaction end, or end it with pg_terminate_backend', cause: error },
  );
}
