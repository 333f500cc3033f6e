import type { BackupState } from '../../domain/backup.ts';
import type { StoredBackup } from '../../domain/recovery-point.ts';
import type { RestoreSummary } from '../../domain/restore.ts';
import type { Secret } from '../../secret.ts';
import type { RunOwner } from './run-owner.ts';

export interface NewRestore {
  readonly owner: RunOwner;
  readonly backup: string;
  /** As it was typed: a name in the settings, or a URL without a password. */
  readonly target: string;
  /** The half-made database; there may be none. */
  readonly restoring: string;
  /** Reference of a one-time password. */
  readonly secret: string | null;
}

export interface RestoreEnd {
  readonly state: Exclude<BackupState, 'running'>;
  readonly reason: string | null;
  readonly summary: RestoreSummary | null;
}

/** Restores, and the one-time passwords of their targets. */
export interface RestoreCatalog {
  /** Backups with a manifest and a good copy, newest recovery point first. */
  restorable(filter: { database?: string; backup?: string }): Promise<StoredBackup[]>;

  /** Enters a restore before anything is made on its target, so that somebody can clear it away. */
  startRestore(restore: NewRestore): Promise<void>;

  /** Ends a running restore; one that has ended stays as it is. */
  finishRestore(owner: RunOwner, end: RestoreEnd): Promise<void>;

  /** The end of all that a run needed: its one-time password is forgotten. `tidy`: nothing half-made is left on its target. */
  leaveRestore(owner: RunOwner, end: { readonly tidy: boolean }): Promise<void>;

  /** Those that may have left something half-made, running ones among them; the oldest first. */
  untidyRestores(): Promise<Omit<NewRestore, 'secret'>[]>;

  /** Keeps a password for one run, sealed with the reference that it gives. */
  keepSecret(secret: Secret): Promise<string>;

  /** undefined: it is gone. */
  secret(reference: string): Promise<Secret | undefined>;

  forgetSecret(reference: string): Promise<void>;

  /** Forgets those that no run came to use within an hour. */
  forgetOldSecrets(): Promise<void>;
}
