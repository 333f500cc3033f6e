import type { BackupKind } from '../../domain/backup-name.ts';
import type { BackupState, CopyState, Timings } from '../../domain/backup.ts';

export interface DatabaseOverview {
  readonly name: string;
  readonly counts: Readonly<Record<BackupState, number>>;
  /** What its good copies take. */
  readonly bytes: number;
  /** Of the full backups of the whole database. */
  readonly newestProven: { readonly id: string; readonly snapshotAt: string } | null;
}

/** What was made on one day. */
export interface DayOfBackups {
  readonly day: string;
  readonly proven: number;
  readonly unproven: number;
  readonly failed: number;
  readonly bytes: number;
}

/** The backups of one kind of the whole database (module null) or of one module. */
export interface OfSeries {
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
}

/** Numbers for those who watch from outside; times are ISO. */
export interface Measures {
  readonly states: readonly (OfSeries & {
    readonly state: BackupState;
    readonly count: number;
    readonly oldestTrigger: string;
    /** Newest recovery point. */
    readonly newestPoint: string;
  })[];
  /** The newest of each series that runs no more. */
  readonly ended: readonly (OfSeries & { readonly state: BackupState; readonly at: string })[];
  /** The newest of each series that has an artifact. */
  readonly stored: readonly (OfSeries & {
    readonly bytes: number;
    readonly dumpBytes: number | null;
    readonly rows: number | null;
    readonly timings: Timings | null;
  })[];
  /** When a backup of each series last passed a test restore. */
  readonly proofs: readonly (OfSeries & { readonly at: string })[];
  readonly copies: readonly {
    readonly database: string;
    readonly destination: string;
    readonly state: CopyState;
    readonly count: number;
    readonly bytes: number;
  }[];
}

/** How old what protects a database is; times are ISO, null: never. */
export interface DatabaseFreshness {
  readonly name: string;
  /** Recovery point. */
  readonly newestProven: string | null;
  /** Recovery point of the newest that is proven and has a good copy away from every host. */
  readonly newestOffsite: string | null;
  /** When a stored copy was last test-restored with success. */
  readonly lastRestoreTest: string | null;
}

/** Numbers of all backups, for people and for those who watch from outside. */
export interface FigureCatalog {
  /** Every database that has backups, by name. */
  overview(): Promise<DatabaseOverview[]>;

  /** Each day with backups since then, as that zone has days. */
  days(filter: { database?: string; since: Date; timeZone: string }): Promise<DayOfBackups[]>;

  /** Numbers of every series and of the copies of every database. */
  measures(): Promise<Measures>;

  /** Of every database that has backups of its whole. */
  freshness(): Promise<DatabaseFreshness[]>;
}
