import { collectDefaultMetrics, Registry } from 'prom-client';
import { within } from '../catalog/within.ts';
import { writtenDirectories } from '../config.ts';
import { toBackupError } from '../errors.ts';
import { freeBytes } from '../system/disk.ts';
import { version } from '../version.ts';
import { createGauges, type Gauges } from './metrics/gauges.ts';
import { tellCatalog } from './metrics/from-catalog.ts';
import { tellTemporal } from './metrics/from-temporal.ts';
import type { World } from './world.ts';

const process = new Registry();
collectDefaultMetrics({ register: process });

export const metricsType = process.contentType;

// Prometheus waits for ten seconds.
const patienceMilliseconds = 5000;

/**
 * All numbers in the text form of Prometheus, as they are now. A part that does not answer in time is a number, too:
 * those that watch us need the others all the more then.
 */
export async function readMetrics(world: World, patience = patienceMilliseconds): Promise<string> {
  const gauges = createGauges();
  gauges.set('pma_backup_info', { version }, 1);
  await Promise.all([
    tellPart('catalog', gauges, within(patience, tellCatalog(world, gauges))),
    tellPart('temporal', gauges, tellTemporal(world, gauges, patience)),
    tellDirectories(world, gauges),
  ]);
  return `${await process.metrics()}\n${await gauges.text()}`;
}

async function tellPart(part: string, gauges: Gauges, telling: Promise<void>): Promise<void> {
  const up = await telling.then(
    () => 1,
    (error: unknown) => {
      const { code } = toBackupError(error);
      if (code !== 'catalog_unreachable' && code !== 'temporal_unreachable') throw error;
      return 0;
    },
  );
  gauges.set('pma_backup_part_up', { part }, up);
}

async function tellDirectories({ settings }: World, gauges: Gauges): Promise<void> {
  for (const [directory, place] of Object.entries(writtenDirectories(settings))) {
    gauges.set('pma_backup_directory_free_bytes', { directory }, await freeBytes(place));
  }
}
