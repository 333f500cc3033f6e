import type { CatalogCopy } from './copies.ts';

/** What self-tests left in the catalog. */
export interface SelfTestTraces {
  /** Of the hosts that made backups. */
  readonly queues: readonly string[];
  /** `host` null: every host can read it. */
  readonly copies: readonly Pick<CatalogCopy, 'destination' | 'host'>[];
}

/** What self-tests leave here. */
export interface SelfTestCatalog {
  /** Where the backups of self-tests were made and where copies of them may still lie. */
  selfTestTraces(): Promise<SelfTestTraces>;

  /** Removes all rows about self-tests; alarms of theirs that are open are over. */
  forgetSelfTests(): Promise<void>;
}
