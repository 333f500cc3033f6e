import type { AccessCatalog } from './contract/access.ts';
import type { AlarmCatalog } from './contract/alarms.ts';
import type { BackupCatalog } from './contract/backups.ts';
import type { CopyCatalog } from './contract/copies.ts';
import type { FigureCatalog } from './contract/figures.ts';
import type { KeyCatalog } from './contract/keys.ts';
import type { LeaseCatalog } from './contract/leases.ts';
import type { OwnRowsCatalog } from './contract/own-rows.ts';
import type { ProofCatalog } from './contract/proofs.ts';
import type { RestoreCatalog } from './contract/restores.ts';
import type { RetentionCatalog } from './contract/retention.ts';
import type { SelfTestCatalog } from './contract/self-test.ts';

/**
 * What we know of all backups. Activities are retried, so every write may be repeated with the same arguments and then
 * changes nothing. Each write is one transaction. A server that cannot be reached gives `catalog_unreachable`.
 * What is about a self-test is found by its database or its id alone, and raises no alarm.
 */
export interface Catalog
  extends
    BackupCatalog,
    ProofCatalog,
    CopyCatalog,
    RetentionCatalog,
    FigureCatalog,
    AlarmCatalog,
    KeyCatalog,
    RestoreCatalog,
    LeaseCatalog,
    SelfTestCatalog,
    AccessCatalog,
    OwnRowsCatalog {
  close(): Promise<void>;
}
