import type { Decision, RetentionBackup, RetentionCopy } from '../../../src/domain/retention.ts';

// Written from the rules of retention, not from its code: it shares nothing with it, so that it can contradict.

export interface Stored {
  readonly backup: RetentionBackup;
  readonly copy: RetentionCopy;
}

/** What lies of one series in one place. */
export interface Place {
  readonly key: string;
  readonly series: string;
  readonly destination: string;
  readonly all: readonly Stored[];
  /** Fulls (or schema_only, data_only) that could be restored from here, newest first; none of the clock's future. */
  readonly proven: readonly Stored[];
  /** Of those, the newest whose last check was good. */
  readonly newest: Stored | undefined;
  /** The same, where a time in the future counts too. */
  readonly newestOfFuture: Stored | undefined;
}

interface At {
  readonly destination: string;
  readonly host: string | null;
}

export function placesOf(backups: readonly RetentionBackup[], now: Date): Place[] {
  const places = new Map<string, Stored[]>();
  for (const stored of copiesOf(backups)) {
    const at = placeKey(stored.copy, seriesOf(stored.backup));
    places.set(at, [...(places.get(at) ?? []), stored]);
  }
  return [...places].map(([at, all]) => {
    const fulls = all
      .filter(({ backup }) => backup.kind !== 'incremental' && backup.state === 'proven')
      .sort((a, b) => (isYounger(a.backup, b.backup) ? -1 : 1));
    const past = fulls.filter(({ backup }) => backup.triggeredAt <= now);
    return {
      key: at,
      series: seriesOf(all[0]!.backup),
      destination: all[0]!.copy.destination,
      all,
      proven: past.filter(({ copy }) => isSound(copy)),
      newest: past.find(({ copy }) => isGood(copy)),
      newestOfFuture: fulls.find(({ copy }) => isGood(copy)),
    };
  });
}

export function placeKey(at: At, series: string): string {
  return `${place(at)} ${series}`;
}

export function place({ destination, host }: At): string {
  return `${destination}@${host}`;
}

/** Every copy that is not deleted. */
export function copiesOf(backups: readonly RetentionBackup[]): Stored[] {
  return backups.flatMap((backup) =>
    backup.copies.filter(isThere).map((copy) => ({ backup, copy })),
  );
}

export function key(backup: string, at: At): string {
  return `${backup} ${place(at)}`;
}

export function keyOf(decision: Decision): string {
  return key(decision.backup, decision);
}

export function isThere({ state }: RetentionCopy): boolean {
  return state !== 'deleted';
}

export function isSound(copy: RetentionCopy): boolean {
  return ['good', 'locked'].includes(copy.state) && copy.lastCheckGood !== false;
}

export function isGood(copy: RetentionCopy): boolean {
  return isSound(copy) && copy.lastCheckGood !== null;
}

export function isYounger(a: RetentionBackup, b: RetentionBackup): boolean {
  const difference = a.triggeredAt.getTime() - b.triggeredAt.getTime();
  return difference === 0 ? a.id > b.id : difference > 0;
}

/** The world after these deletions. */
export function apply(
  backups: readonly RetentionBackup[],
  deletions: readonly Decision[],
): RetentionBackup[] {
  const deleted = new Set(deletions.map(keyOf));
  return backups.map((backup) => ({
    ...backup,
    copies: backup.copies.map((copy) =>
      deleted.has(key(backup.id, copy)) ? { ...copy, state: 'deleted' } : copy,
    ),
  }));
}

function seriesOf({ database, module, kind }: RetentionBackup): string {
  return `${database} ${module} ${kind === 'incremental' ? 'full' : kind}`;
}
