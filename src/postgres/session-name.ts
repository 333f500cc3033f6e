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

/** What all sessions of a dump are called, and no others: by the run that it is for, else by the backup. */
export function dumpSessionName(backup: string): string {
  const prefix = 'pma-backup:';
  return prefix + shorten(runAtWork() ?? backup, longest - prefix.length);
}

/** PostgreSQL keeps ASCII alone. The end of an id tells more; a part of its hash tells those apart that end alike. */
function shorten(run: string, room: number): string {
  const plain = run.replace(/[^ -~]|[%\\]/g, '?');
  if (plain === run && run.length <= room) return run;
  const hash = createHash('sha256').update(run).digest('hex').slice(0, 6);
  return `${hash}~${plain.slice(-(room - hash.length - 1))}`;
}
