import { queueHealth } from '../../temporal/queue-health.ts';
import { scheduleIdPrefix } from '../../domain/schedule.ts';
import type { World } from '../world.ts';
import type { Gauges } from './gauges.ts';

/** What Temporal knows. Throws `temporal_unreachable`. */
export async function tellTemporal(
  { temporal }: World,
  gauges: Gauges,
  patience: number,
): Promise<void> {
  const { workers, backlog, openRuns, schedules } = await queueHealth(temporal.client, patience);
  gauges.set('pma_backup_workers', {}, workers);
  for (const task of ['workflow', 'activity'] as const) {
    gauges.set('pma_backup_queue_backlog', { task }, backlog[task]);
  }
  gauges.set('pma_backup_open_runs', {}, openRuns);
  for (const { id, next, paused } of schedules) {
    const schedule = id.slice(scheduleIdPrefix.length);
    gauges.setTime('pma_backup_schedule_next_timestamp_seconds', { schedule }, next);
    gauges.set('pma_backup_schedule_paused', { schedule }, paused ? 1 : 0);
  }
}
