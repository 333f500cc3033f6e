import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TargetNames, TargetState } from '../../domain/restore.ts';
import { BackupError } from '../../errors.ts';
import type { Connection } from '../connection.ts';
import { scratchConnection, type ScratchPlace } from '../scratch-session.ts';
import { dropScratchDatabase } from '../scratch-database.ts';
import { translatePgError } from '../pg-error.ts';
import { withSession } from '../session.ts';
import { isEmpty } from './look.ts';
import { withTargetServer } from './server.ts';

/**
 * Puts the restored database in the place of the target; the one that was there is kept under another name, unless it is
 * empty. Both get their names in one transaction: at any moment there is the old one or the new one, whole. Returns the
 * name of what is kept; done again, it finds what was done.
 */
export async function swapIn(
  target: Connection,
  { names, expected }: { readonly names: TargetNames; readonly expected: TargetState },
  signal: AbortSignal,
): Promise<string | null> {
  return withTargetServer(target, signal, async ({ client, place }) => {
    const there = await databasesAmong(client, names);
    if (there.has(names.restoring)) {
      if (there.has(names.database)) await requireAsExpected(target, place, expected, signal);
      await rename(client, names, there.has(names.database), target);
      there.add(there.has(names.database) ? names.before : names.database);
    } else if (!there.has(names.database)) throw vanished(names);
    if (!there.has(names.before)) return null;
    return (await dropIfEmpty(client, place, names.before, signal)) ? null : names.before;
  });
}

/** What somebody made or filled while we restored is not ours to replace. */
async function requireAsExpected(
  { database }: Connection,
  place: ScratchPlace,
  expected: TargetState,
  signal: AbortSignal,
): Promise<void> {
  if (expected === 'filled') return;
  const session = { purpose: 'restoring', signal };
  const inside = scratchConnection(place, database);
  if (expected === 'empty' && (await withSession(inside, session, isEmpty))) return;
  const what = expected === 'empty' ? 'filled' : 'made';
  throw new BackupError('conflict', `database '${database}' was ${what} by somebody meanwhile`, {
    hint: 'it is as it was; look what it is, and restore again',
  });
}

async function databasesAmong(client: pg.Client, names: TargetNames): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT datname AS name FROM pg_database WHERE datname = ANY($1)',
    [[names.database, names.restoring, names.before]],
  );
  return new Set(rows.map(({ name }) => name));
}

// RENAME locks a database against new sessions, and waits a few seconds for the present ones to go.
async function rename(
  client: pg.Client,
  { database, restoring, before }: TargetNames,
  isThere: boolean,
  target: Connection,
): Promise<void> {
  const over = new AbortController();
  const ending = isThere ? endSessions(target, database, over.signal) : Promise.resolve();
  try {
    await client.query('BEGIN');
    if (isThere) await client.query(renaming(database, before));
    await client.query(renaming(restoring, database));
    await client.query('COMMIT');
  } catch (error) {
    throw refusal(error, database, target);
  } finally {
    over.abort();
    await ending;
  }
}

function renaming(from: string, to: string): string {
  return `ALTER DATABASE ${pg.escapeIdentifier(from)} RENAME TO ${pg.escapeIdentifier(to)}`;
}

/** Ends what is on a database, again and again until it is told to stop: a pool comes back at once. */
async function endSessions(target: Connection, database: string, over: AbortSignal) {
  await withTargetServer(target, new AbortController().signal, async ({ client }) => {
    while (!over.aborted) {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1',
        [database],
      );
      await sleep(50, undefined, { signal: over }).catch(() => undefined);
    }
  }).catch(() => undefined); // what stays there makes RENAME fail, and that is told
}

function refusal(error: unknown, database: string, target: Connection): BackupError {
  const isInUse = error instanceof pg.DatabaseError && error.code === '55006';
  if (!isInUse) return translatePgError(error, target);
  return new BackupError('conflict', `database '${database}' is in use and cannot be replaced`, {
    hint: 'end its sessions and prepared transactions, then restore again; it is as it was',
    cause: error,
  });
}

async function dropIfEmpty(
  client: pg.Client,
  place: ScratchPlace,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  const inside = scratchConnection(place, name);
  const session = { purpose: 'restoring', signal };
  if (!(await withSession(inside, session, isEmpty))) return false;
  await dropScratchDatabase(client, inside);
  return true;
}

function vanished({ restoring }: TargetNames): BackupError {
  return new BackupError('conflict', `the restored database '${restoring}' is gone`, {
    hint: 'somebody dropped it: restore again',
  });
}
