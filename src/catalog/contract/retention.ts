import type { Hold } from '../../domain/hold.ts';
import type { RetentionBackup } from '../../domain/retention.ts';
import type { CheckedState, CopyName } from './copies.ts';

export interface Deletion extends CopyName {
  readonly reason: string;
  /** The id of the run that deletes it. */
  readonly by: string;
}

/** A copy whose row says that it is deleted, and whose files may be there. */
export interface UnfinishedDelete extends CopyName {
  readonly database: string;
  readonly bytes: number;
}

/** What a run has deleted so far. */
export interface Deleted {
  readonly count: number;
  readonly bytes: number;
  /** The first of them, in the order of their deletion. */
  readonly copies: readonly (CopyName & { readonly bytes: number; readonly reason: string })[];
}

/** What is kept, and what was deleted. */
export interface RetentionCatalog {
  /** Keeps retention from a backup; repeated, the newest words count. False: every copy of it is deleted. */
  hold(hold: Hold): Promise<boolean>;

  /** False: it was not held. */
  release(backup: string): Promise<boolean>;

  /** The catalog's clock, by which checks are dated. */
  now(): Promise<Date>;

  /** What retention decides about, of one database, as of one moment: running, or with a copy that is not deleted. */
  retentionBackups(database: string): Promise<RetentionBackup[]>;

  /**
   * Marks a copy as deleted before its files are. Gives the reason why it has to stay, where there is one by now: a
   * hold, a lease, an incremental that needs it. A copy that is marked already, or unknown, is fine.
   */
  startDelete(deletion: Deletion): Promise<string | null>;

  /** The files of a copy that is marked are gone. */
  finishDelete(copy: CopyName): Promise<void>;

  /** The files of a copy that is marked could not be deleted: it is there again. */
  undoDelete(copy: CheckedState & { readonly lockedUntil: Date | null }): Promise<void>;

  /** Copies that are marked as deleted on a host (null: on none) and may still have files. */
  unfinishedDeletes(host: string | null): Promise<UnfinishedDelete[]>;

  /** Hosts (null: none) that `unfinishedDeletes` has something for. */
  hostsToTidy(): Promise<(string | null)[]>;

  /** Takes the copies of a host that is gone for deleted, files and all; gives those that were not. */
  forgetHost(host: string): Promise<CopyName[]>;

  deletedBy(run: string, limit: number): Promise<Deleted>;
}
