import type { Measures, OfSeries, OpenAlarm } from '../../catalog/catalog.ts';
import { cloudDestinations, type Settings } from '../../config.ts';
import { alarmSeverity, alarmType } from '../../domain/alarm.ts';
import { backupStates, isUsable } from '../../domain/backup.ts';
import type { World } from '../world.ts';
import type { Gauges } from './gauges.ts';

/** What the catalog knows. Throws `catalog_unreachable`. */
export async function tellCatalog({ catalog, settings }: World, gauges: Gauges): Promise<void> {
  const [measures, freshness, alarms] = await Promise.all([
    catalog.measures(),
    catalog.freshness(),
    catalog.alarms(),
  ]);
  for (const { name: database, newestProven, newestOffsite, lastRestoreTest } of freshness) {
    gauges.setTime('pma_backup_newest_proven_timestamp_seconds', { database }, newestProven);
    gauges.setTime('pma_backup_newest_offsite_timestamp_seconds', { database }, newestOffsite);
    gauges.setTime('pma_backup_restore_test_timestamp_seconds', { database }, lastRestoreTest);
  }
  tellObjectives(settings, gauges);
  tellStates(measures, gauges);
  tellNewest(measures, gauges);
  tellCopies(measures, gauges);
  tellAlarms(alarms, gauges);
}

const hour = 3600;

// 0 is as old as it likes, and so is what is not backed up by a schedule: nothing to hold an age against.
function tellObjectives(settings: Settings, gauges: Gauges): void {
  const hasCloud = cloudDestinations(settings).length > 0;
  for (const { name: database, objectives } of settings.databases.filter((each) => each.enabled)) {
    const { provenHours, offsiteHours, restoreTestDays } = objectives;
    const seconds = {
      proven: provenHours * hour,
      offsite: hasCloud ? offsiteHours * hour : 0,
      restoreTest: restoreTestDays * 24 * hour,
    };
    for (const [objective, value] of Object.entries(seconds)) {
      const labels = { database, objective };
      gauges.set('pma_backup_objective_seconds', labels, value === 0 ? null : value);
    }
  }
}

function tellStates({ states, proofs }: Measures, gauges: Gauges): void {
  for (const row of states) {
    for (const state of backupStates) {
      gauges.set('pma_backup_backups', { ...seriesOf(row), state }, 0);
    }
  }
  for (const row of states) {
    const series = seriesOf(row);
    const { state, count, oldestTrigger, newestPoint } = row;
    gauges.set('pma_backup_backups', { ...series, state }, count);
    if (state === 'running') {
      gauges.setTime('pma_backup_running_timestamp_seconds', series, oldestTrigger);
    }
    if (state === 'proven') {
      gauges.setTime('pma_backup_series_proven_timestamp_seconds', series, newestPoint);
    }
  }
  for (const { at, ...row } of proofs) {
    gauges.setTime('pma_backup_series_proof_timestamp_seconds', seriesOf(row), at);
  }
}

function tellNewest({ ended, stored }: Measures, gauges: Gauges): void {
  for (const row of ended) {
    const series = seriesOf(row);
    gauges.setTime('pma_backup_last_end_timestamp_seconds', series, row.at);
    for (const state of backupStates.filter((each) => each !== 'running')) {
      gauges.set('pma_backup_last_state', { ...series, state }, row.state === state ? 1 : 0);
    }
  }
  for (const { bytes, dumpBytes, rows, timings, ...row } of stored) {
    const series = seriesOf(row);
    gauges.set('pma_backup_artifact_bytes', series, bytes);
    gauges.set('pma_backup_dump_bytes', series, dumpBytes);
    gauges.set('pma_backup_rows', series, rows);
    for (const [step, seconds] of Object.entries(timings ?? {}) as [string, number | null][]) {
      gauges.set('pma_backup_step_seconds', { ...series, step }, seconds);
    }
  }
}

function tellCopies({ copies }: Measures, gauges: Gauges): void {
  for (const { database, destination, state, count, bytes } of copies) {
    gauges.set('pma_backup_copies', { database, destination, state }, count);
    if (isUsable({ state }))
      gauges.add('pma_backup_stored_bytes', { database, destination }, bytes);
  }
}

function tellAlarms(alarms: readonly OpenAlarm[], gauges: Gauges): void {
  for (const { key, database } of alarms) {
    const labels = { type: alarmType(key), severity: alarmSeverity(key), database: database ?? '' };
    gauges.add('pma_backup_alarms', labels, 1);
  }
}

function seriesOf({ database, kind, module }: OfSeries) {
  return { database, kind, module: module ?? '' };
}
