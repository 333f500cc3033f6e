import type { BackupKind } from './backup-name.ts';
import type { Hold } from './hold.ts';
import type { ProofState } from './proof.ts';
import type { CarriedChanges } from './source-reading.ts';

export const backupStates = [
  'running',
  'proven',
  'unproven',
  'failed',
  'cancelled',
  'skipped',
] as const;
export type BackupState = (typeof backupStates)[number];

export const copyStates = [
  'uploading',
  'good',
  'missing',
  'damaged',
  'locked',
  'deleted',
  'failed',
] as const;
export type CopyState = (typeof copyStates)[number];

/** Whether a copy can be restored from, as far as we know. */
export function isUsable({ state }: { readonly state: CopyState }): boolean {
  return state === 'good' || state === 'locked';
}

/** Seconds from the trigger; null: did not get there. */
export interface Timings {
  readonly dumped: number | null;
  readonly sealed: number | null;
  readonly offsite: number | null;
  readonly proven: number | null;
  readonly total: number | null;
}

/** What `backup`, `show`, `list` and `npm start -- --once` print with `--json`; a stable contract. */
export interface BackupSummary {
  readonly id: string;
  readonly kind: BackupKind;
  readonly database: string;
  readonly module: string | null;
  readonly state: BackupState;
  readonly base: string | null;
  /** What an incremental carries; null: it is none, or an earlier version made it. */
  readonly changes: CarriedChanges | null;
  readonly reason: string | null;
  readonly artifact: {
    readonly path: string;
    readonly bytes: number;
    readonly sha256: string;
  } | null;
  readonly copies: readonly {
    readonly destination: string;
    readonly uri: string;
    readonly state: CopyState;
  }[];
  readonly proof: {
    readonly state: ProofState;
    readonly tables: number;
    readonly rows: number;
    readonly mismatches: number;
    readonly seconds: number;
    readonly reason: string | null;
  } | null;
  /** Retention may not delete it. */
  readonly hold: Pick<Hold, 'by' | 'reason' | 'at'> | null;
  readonly timings: Timings;
}
