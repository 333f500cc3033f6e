import type { BackupKind, BackupName } from '../../domain/backup-name.ts';
import type { BackupState, BackupSummary, Timings } from '../../domain/backup.ts';
import type { Hold } from '../../domain/hold.ts';
import type { Manifest } from '../../domain/manifest.ts';
import type { CatalogCopy } from './copies.ts';
import type { RunOwner } from './run-owner.ts';

export interface NewBackup extends RunOwner {
  readonly name: BackupName;
  readonly triggeredAt: Date;
  /** Task queue of the host that holds the files of the run. */
  readonly queue: string;
  /** The full that an incremental belongs to. */
  readonly base?: string;
}

export interface BackupEnd {
  readonly state: Exclude<BackupState, 'running'>;
  /** One line: why it is not proven. */
  readonly reason: string | null;
  /** There is an artifact. */
  readonly manifest?: Manifest;
  readonly timings?: Timings;
}

export interface RunningBackup extends RunOwner {
  readonly id: string;
  readonly database: string;
  readonly kind: BackupKind;
  readonly queue: string;
}

/** A backup by its manifest, and the copy that it was found with. */
export interface FoundBackup {
  readonly manifest: Manifest;
  readonly copy: Omit<CatalogCopy, 'backup'>;
  readonly hold: Hold | null;
}

export interface BackupFilter {
  readonly database?: string;
  readonly kind?: BackupKind;
  /** null: the series of the whole database; undefined: any. */
  readonly module?: string | null;
  readonly states?: readonly BackupState[];
  /** Only older ones than the backup of this id. */
  readonly before?: string;
}

/** What the catalog knows of a backup besides its summary. */
export interface BackupDetail extends RunOwner {
  readonly triggeredAt: string;
  readonly snapshotAt: string | null;
  readonly finishedAt: string | null;
  readonly dumpBytes: number | null;
  readonly checkedCopies: readonly (Pick<
    CatalogCopy,
    'destination' | 'host' | 'uri' | 'bytes' | 'state'
  > & {
    readonly checkedAt: string | null;
    /** Of the artifact, in a bucket that keeps versions. */
    readonly versionId: string | null;
  })[];
}

/** What is known of each backup. */
export interface BackupCatalog {
  /**
   * Reserves the backup's id and enters it as running. A taken id gets the next second, unless the same workflow run
   * has taken it: then it is the same id again.
   */
  startBackup(backup: NewBackup): Promise<string>;

  /**
   * Ends a backup. With a manifest this is the last word and wins over an earlier end; without one it ends a running
   * backup only: a failure after everything was stored and recorded does not unmake the backup.
   */
  finishBackup(id: string, end: BackupEnd): Promise<void>;

  /**
   * Enters a backup that was found with a copy, unproven until a proof is entered, and with its hold, so that no clean-up
   * comes in between; what is known of any of them already stays as it is. True: the backup is new.
   */
  adopt(found: FoundBackup): Promise<boolean>;

  runningBackups(): Promise<RunningBackup[]>;

  summary(id: string): Promise<BackupSummary | undefined>;

  /** Newest first, `limit` 100 unless told. */
  list(filter: BackupFilter & { limit?: number; offset?: number }): Promise<BackupSummary[]>;

  /** How many there are. */
  count(filter: Omit<BackupFilter, 'before'>): Promise<number>;

  newest(filter: BackupFilter): Promise<BackupSummary | undefined>;

  /**
   * By id, or `latest`: the newest proven full backup of a whole database, else the newest unproven one; never one whose
   * proof failed.
   */
  find(idOrLatest: string, database?: string): Promise<BackupSummary | undefined>;

  detail(id: string): Promise<BackupDetail | undefined>;

  manifest(id: string): Promise<Manifest | undefined>;
}
