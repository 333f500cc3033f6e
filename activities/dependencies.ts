import type { Catalog } from '../src/catalog/catalog.ts';
import type { Settings } from '../src/config.ts';
import type { Logger } from '../src/log.ts';
import type { Storage } from '../src/storage/storage.ts';
import type { Runs } from '../src/temporal/runs.ts';

/** All that activities need of the world; nothing global, so that tests put their own in. */
export interface Dependencies {
  /** Read anew for each activity, so that changed settings and rotated keys need no restart. */
  readonly settings: () => Settings;
  readonly catalog: Catalog;
  readonly runs: Runs;
  readonly log: Logger;
  readonly hostId: string;
  /** A destination by its name. */
  readonly storage: (destination: string) => Storage;
  /** The same, which gives up soon: for a look whether it works. */
  readonly storageToProbe: (destination: string) => Storage;
}
