import type { DatabaseSettings, Settings } from '../config.ts';
import type { Connection } from '../postgres/connection.ts';

/** The settings with the embedded sample as their one database, where they name none. */
export function withSampleDatabase(settings: Settings, sample: Connection | null): Settings {
  if (sample === null || settings.databases.length > 0) return settings;
  const { enabled, schedule, schedules, retentionDays, retention, dump, format } = settings;
  const { modules, compression, objectives, proof } = settings;
  const database: DatabaseSettings = {
    ...{ enabled, schedule, schedules, retentionDays, retention, dump, format },
    ...{ modules, compression, objectives, proof },
    name: 'sample',
    connection: sample,
  };
  return { ...settings, databases: [database] };
}
