import type { BackupKind } from './backup-name.ts';
import { readScheduleTime, type ScheduleTime } from './schedule-time.ts';

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

/** What the settings say about one database, as far as its schedules go; a time may be `off`. */
export interface ScheduledDatabase {
  readonly name: string;
  /** Of the full backup. */
  readonly schedule: string;
  readonly schedules: {
    readonly incremental: string;
    readonly cleanup: string;
    readonly integrityCheck: string;
    readonly restoreTest: string;
    /** By kind, module, or `incremental/` and a module. */
    readonly others: Readonly<Record<string, string>>;
    readonly jitterSeconds: number;
  };
  readonly modules: Readonly<Record<string, unknown>>;
}

export const off = 'off';

/** Every schedule of ours begins so. */
export const scheduleIdPrefix = 'pma-backup/';

/** Kinds that a database may have further schedules for. */
export const otherKinds = ['schema_only', 'data_only'] as const satisfies BackupKind[];

/** The schedules that a database should have. */
export function schedulesFor(
  database: ScheduledDatabase,
  timeZone: string,
): readonly ScheduleDefinition[] {
  return [...backups(database), ...upkeep(database)].flatMap(({ name, at, ...rest }) => {
    const when = at === off ? undefined : readScheduleTime(at);
    if (when === undefined) return [];
    const id = scheduleId(database.name, name);
    const { jitterSeconds } = database.schedules;
    return [{ id, ...rest, when, timeZone, jitterSeconds } satisfies ScheduleDefinition];
  });
}

/** `pma-backup/<database>/<name>` */
export function scheduleId(database: string, name: string): string {
  return `${scheduleIdPrefix}${database}/${name}`;
}

/** The database of one of our ids; null: it is about all of them. */
export function databaseOfSchedule(id: string): string | null {
  const [database = '', name] = id.slice(scheduleIdPrefix.length).split('/');
  return name === undefined ? null : database;
}

/** Looks whether anything is wrong, with all databases. */
const watchdogSchedule: ScheduleDefinition = {
  id: `${scheduleIdPrefix}watchdog`,
  workflowType: 'watchdog',
  workflowId: 'watchdog',
  input: {},
  summary: 'looks for what is wrong',
  when: { cron: '*/15 * * * *' },
  timeZone: 'UTC',
  overlap: 'skip',
  catchUpHours: 1 / 60, // what is wrong now is told by the next one
  jitterSeconds: 60,
};

/** Saves what of the catalog lies in no destination by itself. */
const catalogBackupSchedule: ScheduleDefinition = {
  id: `${scheduleIdPrefix}catalogBackup`,
  workflowType: 'catalogBackup',
  workflowId: 'catalog-backup',
  input: {},
  summary: 'saves users, tokens and audit log of the catalog',
  when: { cron: '30 1 * * *' },
  timeZone: 'UTC',
  overlap: 'skip',
  catchUpHours: 12,
  jitterSeconds: 60,
};

/** Those that are about no database. */
export const generalSchedules: readonly ScheduleDefinition[] = [
  watchdogSchedule,
  catalogBackupSchedule,
];

interface Wanted extends Omit<ScheduleDefinition, 'id' | 'when' | 'timeZone' | 'jitterSeconds'> {
  readonly name: string;
  readonly at: string;
}

function backups(database: ScheduledDatabase): Wanted[] {
  const { schedule, schedules, modules } = database;
  const others = Object.entries(schedules.others).flatMap(([name, at]) => {
    if ((otherKinds as readonly string[]).includes(name)) {
      return [backup(database, { kind: name as BackupKind, at })];
    }
    const [module, kind] = readModuleSchedule(name);
    // What holds for all databases may name a module that not each of them has.
    if (!(module in modules)) return [];
    return [
      kind === 'full'
        ? backup(database, { kind, module, at })
        : increments(database, { module, at }),
    ];
  });
  return [
    backup(database, { kind: 'full', at: schedule }),
    increments(database, { at: schedules.incremental }),
    ...others,
  ];
}

const incrementalPrefix = 'incremental/';

/** The module that a name among the others is of, and the kind of backup: `incremental/NAME`, or `NAME` for its fulls. */
export function readModuleSchedule(name: string): [string, 'full' | 'incremental'] {
  if (!name.startsWith(incrementalPrefix)) return [name, 'full'];
  return [name.slice(incrementalPrefix.length), 'incremental'];
}

/** It is on time or not at all: the next one holds its changes, too. */
function increments(
  database: ScheduledDatabase,
  when: { readonly module?: string; readonly at: string },
): Wanted {
  return {
    ...backup(database, { kind: 'incremental', ...when }),
    overlap: 'skip',
    catchUpHours: incrementalCatchUpHours,
  };
}

/** How long after its time an incremental may still begin. */
export const incrementalCatchUpHours = 3;

function backup(
  { name: database }: ScheduledDatabase,
  { kind, module, at }: { kind: BackupKind; module?: string; at: string },
): Wanted {
  const name = module === undefined ? kind : `${kind}/${module}`;
  return {
    ...{ name, at },
    workflowType: 'backup',
    workflowId: `backup/${database}/${name}`,
    input: { database, kind, ...(module === undefined ? {} : { module }) },
    summary: `${kind} backup of ${database}${module === undefined ? '' : `, module ${module}`}`,
    overlap: 'buffer-one',
    catchUpHours: 12,
  };
}

function upkeep({ name: database, schedules }: ScheduledDatabase): Wanted[] {
  const common = { input: { database }, overlap: 'skip' } as const;
  return [
    {
      ...common,
      ...{ name: 'cleanup', at: schedules.cleanup },
      workflowType: 'cleanup',
      workflowId: `cleanup/${database}`,
      summary: `clean-up of ${database}`,
      catchUpHours: 3 * 24,
    },
    {
      ...common,
      ...{ name: 'integrityCheck', at: schedules.integrityCheck },
      workflowType: 'integrityCheck',
      workflowId: `integrity-check/${database}`,
      summary: `checksums of ${database}`,
      catchUpHours: 3 * 24,
    },
    {
      ...common,
      ...{ name: 'restoreTest', at: schedules.restoreTest },
      workflowType: 'restoreTest',
      workflowId: `restore-test/${database}`,
      input: { database, destination: 'farthest' },
      summary: `test restore of the latest backup of ${database}`,
      catchUpHours: 7 * 24,
    },
  ];
}
