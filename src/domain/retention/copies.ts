import type { BackupKind } from '../backup-name.ts';
import type { BackupState, CopyState } from '../backup.ts';

export interface RetentionCopy {
  readonly destination: string;
  /** The host that a `local` copy belongs to; null elsewhere. */
  readonly host: string | null;
  readonly state: CopyState;
  /** null: never checked. */
  readonly lastCheckGood: boolean | null;
  readonly checkedAt: Date | null;
  readonly lockedUntil: Date | null;
  readonly bytes: number;
}

export interface RetentionBackup {
  readonly id: string;
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
  readonly state: BackupState;
  /** The id of the full that an incremental needs. */
  readonly base: string | null;
  readonly triggeredAt: Date;
  readonly held: boolean;
  /** Came from elsewhere, and no administrator has released it. */
  readonly imported: boolean;
  /** A running restore reads it. */
  readonly leased: boolean;
  readonly copies: readonly RetentionCopy[];
}

/** Incrementals belong to the series of their fulls; the other kinds have a newest one of their own. */
export type SeriesKind = Exclude<BackupKind, 'incremental'>;

/** One copy with the backup it is of. */
export interface StoredCopy {
  readonly backup: RetentionBackup;
  readonly copy: RetentionCopy;
}

/** A series in one place: what one destination, or one host's disk, holds of it. */
export interface PlacedSeries {
  readonly database: string;
  readonly module: string | null;
  readonly kind: SeriesKind;
  readonly destination: string;
  readonly host: string | null;
  /** Newest first. */
  readonly stored: readonly StoredCopy[];
  /** The newest proven full with a good copy here, the clock's future left out. */
  readonly newestProven: RetentionBackup | null;
}

/** Every series in every place; copies that are deleted are nowhere. */
export function placeSeries(backups: readonly RetentionBackup[], now: Date): PlacedSeries[] {
  const places = new Map<string, StoredCopy[]>();
  for (const stored of storedCopies(backups)) {
    const key = JSON.stringify([
      seriesKey(stored.backup),
      stored.copy.destination,
      stored.copy.host,
    ]);
    const place = places.get(key);
    if (place) place.push(stored);
    else places.set(key, [stored]);
  }
  return [...places.entries()]
    .sort(([a], [b]) => compareText(a, b))
    .map(([, stored]) => placedSeries(stored, now));
}

export function seriesKey({
  database,
  module,
  kind,
}: Pick<RetentionBackup, 'database' | 'module' | 'kind'>): string {
  return JSON.stringify([database, module, seriesKind(kind)]);
}

/** Orders backups, oldest first; the id decides between two of the same moment. */
export function compareAge(a: RetentionBackup, b: RetentionBackup): number {
  return a.triggeredAt.getTime() - b.triggeredAt.getTime() || compareText(a.id, b.id);
}

/** Says nothing against restoring from it. An object lock does not make a copy worse. */
export function isUsable({ state, lastCheckGood }: RetentionCopy): boolean {
  return (state === 'good' || state === 'locked') && lastCheckGood !== false;
}

/** Its last check was good; a copy that was never checked is not. */
export function isGood(copy: RetentionCopy): boolean {
  return isUsable(copy) && copy.lastCheckGood === true;
}

export function samePlace(a: RetentionCopy, b: RetentionCopy): boolean {
  return a.destination === b.destination && a.host === b.host;
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function storedCopies(backups: readonly RetentionBackup[]): StoredCopy[] {
  return backups.flatMap((backup) =>
    backup.copies.filter(({ state }) => state !== 'deleted').map((copy) => ({ backup, copy })),
  );
}

function placedSeries(stored: StoredCopy[], now: Date): PlacedSeries {
  stored.sort((a, b) => compareAge(b.backup, a.backup));
  const [first] = stored as [StoredCopy, ...StoredCopy[]];
  const { backup, copy } = first;
  const newestProven = stored.find(
    (candidate) =>
      candidate.backup.kind !== 'incremental' &&
      candidate.backup.state === 'proven' &&
      isGood(candidate.copy) &&
      candidate.backup.triggeredAt <= now,
  );
  return {
    database: backup.database,
    module: backup.module,
    kind: seriesKind(backup.kind),
    destination: copy.destination,
    host: copy.host,
    stored,
    newestProven: newestProven?.backup ?? null,
  };
}

function seriesKind(kind: BackupKind): SeriesKind {
  return kind === 'incremental' ? 'full' : kind;
}
