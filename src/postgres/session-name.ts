import { createHash } from 'node:crypto';
import { runAtWork } from '../system/run.ts';

/** What a session is called in pg_stat_activity and in the server's log. */
export type SessionName =
  /** What it is for, such as `restoring`: the run that it is for is added. */
  | { readonly purpose: string }
  /** Exactly this: others look for it. */
  | { readonly applicationName: string };

/** PostgreSQL cuts off what is longer. */
const longest = 63;

/** `pma-backup: restoring restore/shop_full_20260301_020000-2026-03-01T16:00:00.000Z`, cut to what PostgreSQL keeps. */
export function sessionName(name: SessionName): string {
  if ('applicationName' in name) return name.applicationName;
  const what = `pma-backup: ${name.purpose}`;
  const run = runAtWork();
  return run === undefined ? what : `${what} ${shorten(run, longest - what.length - 1)}`;
}

/** The names of all sessions of the run that we are at work for, as a pattern for LIKE; without a run: of all that are ours. */
export function sessionsOfRun(): string {
  const run = runAtWork();
  return run === undefined ? 'pma-backup: %' : `pma-backup: %${plain(run).slice(-alwaysKept)}`;
}

// Of the end of a run's id, by the longest purpose.
const alwaysKept = 16;

/**
 * What all sessions of a dump are called, and no others: by the run that it is for, if it is for one. Systems that know
 * nothing of each other have runs of the same id (`backup/all/full-…`) on one server: a hash of the backup's tells them apart.
 */
export function dumpSessionName(backup: string): string {
  const run = runAtWork();
  const prefix = 'pma-backup:';
  if (run === undefined) return prefix + shorten(backup, longest - prefix.length);
  const which = ` ${hashOf(backup)}`;
  return prefix + shorten(run, longest - prefix.length - which.length) + which;
}

/** PostgreSQL keeps ASCII alone. The end of an id tells more; a part of its hash tells those apart that end alike. */
function shorten(run: string, room: number): string {
  const text = plain(run);
  if (text === run && run.length <= room) return run;
  const hash = hashOf(run);
  return `${hash}~${text.slice(-(room - hash.length - 1))}`;
}

function plain(run: string): string {
  return run.replace(/[^ -~]|[%\\]/g, '?');
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 6);
}
