import type { Schedule } from './api-client.ts';

const backups = /^(full|incremental|schema_only|data_only)(\/|$)/;

/** When the next scheduled backup of a database is due; null: none is. */
export function nextBackup(schedules: readonly Schedule[], database: string): string | null {
  const due = schedules.flatMap(({ next, ...schedule }) =>
    schedule.database === database && backups.test(schedule.name) && next !== null ? [next] : [],
  );
  return due.toSorted()[0] ?? null;
}
