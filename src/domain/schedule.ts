import type { BackupKind } from './backup-name.ts';

/** One Temporal schedule as we want it; where it says the same as the server's, the server's is left alone. */
export interface ScheduleDefinition {
  /** `pma-backup/<database>/<name>` */
  readonly id: string;
  readonly workflowType: string;
  /** Temporal adds the time. */
  readonly workflowId: string;
  readonly input: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly when: ScheduleTime;
  readonly timeZone: string;
  /** What happens when the run before is still going on: wait for it, or leave this one out. */
  readonly overlap: 'buffer-one' | 'skip';
  /** Hours during which a missed run is made up; longer than the longest run that it may have to wait for. */
  readonly catchUpHours: number;
  readonly jitterSeconds: number;
}

/** A time of day, every day or on one weekday (0 = Sunday), or a cron line. */
export type ScheduleTime =
  | { readonly hour: number; readonly minute: number; readonly weekday?: number }
  | { readonly cron: string };

/** What the settings say about one database, as far as its schedules go. */
export interface ScheduledDatabase {
  readonly name: string;
  /** `00:00` or a cron line. */
  readonly schedule: string;
  readonly timeZone: string;
}

/** The schedules that a database should have. */
export function schedulesFor(database: ScheduledDatabase): ScheduleDefinition[] {
  return [backupSchedule(database, 'full')];
}

/** Reads `00:00` or a cron line. */
export function parseScheduleTime(text: string): ScheduleTime {
  const time = /^(\d{1,2}):(\d{2})$/.exec(text);
  return time ? { hour: Number(time[1]), minute: Number(time[2]) } : { cron: text };
}

function backupSchedule(
  { name, schedule, timeZone }: ScheduledDatabase,
  kind: BackupKind,
): ScheduleDefinition {
  return {
    id: `pma-backup/${name}/${kind}`,
    workflowType: 'backup',
    workflowId: `backup/${name}/${kind}`,
    input: { database: name, kind },
    summary: `${kind} backup of ${name}`,
    when: parseScheduleTime(schedule),
    timeZone,
    overlap: 'buffer-one',
    catchUpHours: 12,
    jitterSeconds: 60,
  };
}
