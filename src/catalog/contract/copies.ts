import type { CopyState } from '../../domain/backup.ts';
import type { FileVersions } from '../../domain/file-versions.ts';
import type { CopyToCheck } from '../../domain/run.ts';

export interface CatalogCopy {
  readonly backup: string;
  readonly destination: string;
  /** The host that can read it; null: every host can. */
  readonly host: string | null;
  readonly uri: string;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly state: CopyState;
  /** Left out: its place keeps none, or they are not known. */
  readonly versions?: FileVersions;
}

/** One copy, by what makes it one. */
export type CopyName = Pick<CatalogCopy, 'backup' | 'destination' | 'host'>;

export interface CheckedState extends CopyName {
  readonly state: CopyState;
  /** Not read, only compared by size and checksum. */
  readonly glance?: boolean;
}

/** Where artifacts lie, and how they were found there. */
export interface CopyCatalog {
  /** Enters a copy or what changed of it; a `good` one was held against its sha256 now. */
  recordCopy(copy: CatalogCopy): Promise<void>;

  /** Enters what a check of a copy found, with the time; false: it is not known, or was deleted meanwhile. */
  recordCheck(copy: CheckedState): Promise<boolean>;

  copies(id: string): Promise<CatalogCopy[]>;

  /** The copies that should be there, those that were not looked at for longest first. */
  copiesToCheck(filter: { backup?: string; database?: string }): Promise<CopyToCheck[]>;

  /**
   * Copies of finished backups that are not good, or that one of these cloud destinations never had, where there is a
   * good copy to make them from; newest first. What was deleted is not among them.
   */
  copiesToMake(filter: {
    readonly database?: string;
    readonly backup?: string;
    readonly clouds: readonly string[];
    readonly limit: number;
  }): Promise<CopyName[]>;
}
