import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { backupStates } from '../domain/backup.ts';
import { readStatus } from '../service/status.ts';
import type { World } from '../service/world.ts';

const registry = new Registry();
collectDefaultMetrics({ register: registry });
const [backups, bytes, newestProven, alarms] = [
  gauge('pma_backup_backups', 'Backups in each state', ['database', 'state']),
  gauge('pma_backup_stored_bytes', 'What the good copies take', ['database']),
  gauge('pma_backup_newest_proven_timestamp_seconds', 'Newest proven recovery point', ['database']),
  gauge('pma_backup_alarms', 'Open alarms', []),
];

export const metricsType = registry.contentType;

/** All numbers in the text form of Prometheus, as they are now. */
export async function readMetrics(world: World): Promise<string> {
  const status = await readStatus(world);
  for (const each of [backups, bytes, newestProven]) each.reset();
  for (const { name: database, counts, ...rest } of status.databases) {
    for (const state of backupStates) backups.set({ database, state }, counts[state]);
    bytes.set({ database }, rest.bytes);
    const at = rest.newestProven?.at;
    if (at !== undefined) newestProven.set({ database }, Date.parse(at) / 1000);
  }
  alarms.set(status.alarms.length);
  return registry.metrics();
}

function gauge<T extends string>(name: string, help: string, labelNames: T[]): Gauge<T> {
  return new Gauge({ name, help, labelNames, registers: [registry] });
}
