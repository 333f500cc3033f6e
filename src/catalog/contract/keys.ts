import type { SealedBackups } from '../../domain/readers.ts';

/** What is stored encrypted, and which hosts could open it. */
export interface KeyCatalog {
  /** What has a copy that could be restored and is encrypted, by who could open it. */
  sealedBackups(): Promise<SealedBackups[]>;

  /** Which keys the worker of a host has now, by their public halves. */
  rememberKeys(held: { host: string; keys: readonly string[]; now: Date }): Promise<void>;

  /** The hosts that told their keys since then, the last one first. */
  keyHolders(since: Date): Promise<{ readonly host: string; readonly keys: string[] }[]>;
}
