import type { BackupKind } from './backup-name.ts';
import type { BackupState } from './backup.ts';

/** A backup with a good copy, as far as the choice of what to restore looks at it. */
export interface StoredBackup {
  readonly id: string;
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
  /** The full that an incremental belongs to. */
  readonly base: string | null;
  readonly state: BackupState;
  /** An ISO time: the recovery point. */
  readonly snapshotAt: string;
}

/** What a database is brought back from. */
export interface RecoveryPoint {
  /** What is restored: a full backup, or what was named, whatever its kind. */
  readonly full: StoredBackup;
  /** All that changed since `full`, applied on top of it; null: nothing is. */
  readonly incremental: StoredBackup | null;
}

export interface RecoveryWish {
  /** A backup's id, or `latest`. */
  readonly backup: string;
  /** `latest`: not after this time. */
  readonly at: Date | null;
  /** `latest`: of the fulls alone. */
  readonly fullOnly?: boolean;
}

/**
 * The recovery point that was asked for; `latest` is the newest proven one of a whole database, an incremental with its full
 * or a full. undefined: there is none.
 */
export function chooseRecoveryPoint(
  stored: readonly StoredBackup[],
  { backup, at, fullOnly = false }: RecoveryWish,
): RecoveryPoint | undefined {
  const fullOf = ({ base }: StoredBackup) => stored.find(({ id }) => id === base);
  if (backup !== 'latest') {
    const named = stored.find(({ id }) => id === backup);
    return named && asPoint(named, fullOf(named));
  }
  const fitting = stored.filter(
    ({ kind, module, state, snapshotAt }) =>
      (kind === 'full' || (kind === 'incremental' && !fullOnly)) &&
      module === null &&
      state === 'proven' &&
      (at === null || Date.parse(snapshotAt) <= at.getTime()),
  );
  const points = fitting.sort(newestFirst).map((each) => asPoint(each, fullOf(each)));
  return points.find((point) => point !== undefined && point.full.state === 'proven');
}

/** The recovery point itself: the time up to which everything is there. */
export function snapshotOf({ full, incremental }: RecoveryPoint): string {
  return (incremental ?? full).snapshotAt;
}

/** An incremental without its full is none. */
function asPoint(found: StoredBackup, full: StoredBackup | undefined): RecoveryPoint | undefined {
  if (found.kind !== 'incremental') return { full: found, incremental: null };
  return full && { full, incremental: found };
}

function newestFirst(one: StoredBackup, other: StoredBackup): number {
  return Date.parse(other.snapshotAt) - Date.parse(one.snapshotAt) || (one.id < other.id ? 1 : -1);
}
