import type { Catalog } from '../catalog/catalog.ts';
import type { Settings } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Storage } from '../storage/storage.ts';
import type { Runs } from '../temporal/runs.ts';

/** What the watch needs of the world. */
export interface WatchDependencies {
  /** As they are now. */
  readonly settings: () => Settings;
  readonly catalog: Catalog;
  readonly runs: Pick<Runs, 'scheduleHealth' | 'workers'>;
  readonly storage: (destination: string) => Storage;
  readonly hostId: string;
  /** Backups and restores run here: what their disk, its destination and their keys are is looked at. */
  readonly hasWorker: boolean;
  readonly log: Pick<Logger, 'warn'>;
}
