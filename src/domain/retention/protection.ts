import { compareAge, isUsable, seriesKey } from './copies.ts';
import type { PlacedSeries, RetentionBackup, RetentionCopy, StoredCopy } from './copies.ts';
import type { RuleSays } from './rule.ts';

/** What stands around one copy when its fate is decided. */
export interface Surroundings {
  readonly series: PlacedSeries;
  /** By series: the newest proven full with a good copy anywhere. */
  readonly newestAnywhere: ReadonlyMap<string, RetentionBackup>;
  readonly rule: RuleSays;
  readonly cloudDestinations: readonly string[];
  readonly now: Date;
}

type Protection = (stored: StoredCopy, around: Surroundings) => string | null;

// The first that speaks gives the reason. None of them can be forced.
const protections: readonly Protection[] = [
  ({ backup }) => (backup.state === 'running' ? 'kept: running' : null),
  ({ copy }) => (copy.state === 'uploading' ? 'kept: being uploaded' : null),
  ({ backup }) => (backup.leased ? 'kept: a restore reads it' : null),
  ({ backup }) => (backup.held ? 'kept: on hold' : null),
  ({ backup }) => (backup.imported ? 'kept: imported and not released' : null),
  newestProven,
  ofNewestProven,
  ({ backup }, { now }) => (backup.triggeredAt > now ? 'kept: its time lies in the future' : null),
  (_, { rule }) => (rule.keep ? `kept: ${rule.reason}` : null),
  notInTheCloud,
  awaitedByLocalCopy,
  locked,
  notOlderThanNewestProven,
];

/** Why a copy stays; null: it may go. */
export function keepReason(stored: StoredCopy, around: Surroundings): string | null {
  for (const protection of protections) {
    const reason = protection(stored, around);
    if (reason !== null) return reason;
  }
  return null;
}

/** By series: the newest of the newest proven fulls of all places. */
export function newestProvenAnywhere(
  places: readonly PlacedSeries[],
): Map<string, RetentionBackup> {
  const newest = new Map<string, RetentionBackup>();
  for (const { newestProven } of places) {
    if (newestProven === null) continue;
    const known = newest.get(seriesKey(newestProven));
    if (known === undefined || compareAge(known, newestProven) < 0) {
      newest.set(seriesKey(newestProven), newestProven);
    }
  }
  return newest;
}

function newestProven({ backup }: StoredCopy, { series }: Surroundings): string | null {
  return backup.id === series.newestProven?.id ? `kept: newest proven ${series.kind}` : null;
}

// An incremental may lie here while the good copy of its full is elsewhere: together they are the newest state there is.
function ofNewestProven(
  { backup }: StoredCopy,
  { series, newestAnywhere }: Surroundings,
): string | null {
  if (backup.base === null) return null;
  const fulls = [series.newestProven?.id, newestAnywhere.get(seriesKey(backup))?.id];
  return fulls.includes(backup.base) ? 'kept: incremental of the newest proven full' : null;
}

function notInTheCloud(
  { backup, copy }: StoredCopy,
  { cloudDestinations }: Surroundings,
): string | null {
  if (!awaitsCloud(backup, copy)) return null;
  const awaited = cloudDestinations.filter((cloud) => !wasStored(backup, cloud));
  return awaited.length === 0 ? null : `kept: not in ${awaited.map(quoted).join(', ')} yet`;
}

// Its row says that the copy still has to come. Without the row the local copy would lose its protection with the next clean-up.
function awaitedByLocalCopy(
  { backup, copy }: StoredCopy,
  { cloudDestinations }: Surroundings,
): string | null {
  const awaited =
    cloudDestinations.includes(copy.destination) &&
    !wasStored(backup, copy.destination) &&
    backup.copies.some((other) => awaitsCloud(backup, other));
  return awaited ? 'kept: to be stored again from the local copy' : null;
}

function locked({ copy }: StoredCopy, { now }: Surroundings): string | null {
  if (copy.lockedUntil !== null) {
    return copy.lockedUntil > now ? `kept until ${copy.lockedUntil.toISOString()}: locked` : null;
  }
  return copy.state === 'locked' ? 'kept: locked, until when is not known' : null;
}

// Failed, unproven and damaged ones, too, may be all that there is of the time since the newest proven full.
function notOlderThanNewestProven(
  { backup }: StoredCopy,
  { series: { newestProven: newest, kind } }: Surroundings,
): string | null {
  if (newest === null) return `kept: no proven ${kind} has a good copy here`;
  return compareAge(backup, newest) < 0
    ? null
    : `kept: no younger proven ${kind} has a good copy here`;
}

/** A cancelled run never makes up its uploads, and a copy that was never written has nothing to upload. */
function awaitsCloud(backup: RetentionBackup, copy: RetentionCopy): boolean {
  return (
    copy.destination === 'local' &&
    copy.state !== 'deleted' &&
    copy.state !== 'failed' &&
    backup.state !== 'cancelled'
  );
}

/** Is there, or was there until retention deleted it. */
function wasStored(backup: RetentionBackup, cloud: string): boolean {
  return backup.copies.some(
    (copy) => copy.destination === cloud && (copy.state === 'deleted' || isUsable(copy)),
  );
}

function quoted(name: string): string {
  return `'${name}'`;
}
