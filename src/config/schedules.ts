import { z } from 'zod';
import { isDatabaseName } from '../domain/backup-name.ts';
import { off, otherKinds, readModuleSchedule } from '../domain/schedule.ts';
import { readScheduleTime, scheduleTimeForms } from '../domain/schedule-time.ts';
import { readWindow } from '../domain/window.ts';
import { define, text, wholeNumber, type About, type Setting } from './setting.ts';

/** When something of a database is done by itself; `schedule` itself is that of the full backup. */
export const schedules = {
  incremental: time({
    environment: 'BACKUP_INCREMENTAL_SCHEDULE',
    fallback: '06:00, 12:00, 18:00',
    help: 'When incremental backups start',
  }),
  cleanup: time({
    environment: 'BACKUP_CLEANUP_SCHEDULE',
    fallback: 'Sunday 02:00',
    help: 'When expired backups are deleted',
  }),
  integrityCheck: time({
    environment: 'BACKUP_INTEGRITY_CHECK_SCHEDULE',
    fallback: 'Saturday 04:00',
    help: 'When all stored copies are read back and compared with their checksums',
  }),
  restoreTest: time({
    environment: 'BACKUP_RESTORE_TEST_SCHEDULE',
    fallback: 'day 1 05:00',
    help: 'When the latest backup is test-restored from where it is stored',
  }),
  others: timesByName({
    environment: 'BACKUP_OTHER_SCHEDULES',
    fallback: Object.freeze({}),
    fallbackText: 'none',
    help: 'When backups of other kinds and of modules start, by kind, module, or `incremental/` and a module',
  }),
  window: text(
    {
      environment: 'BACKUP_WINDOW',
      fallback: off,
      help: 'Hours in which scheduled backups may begin; one that comes to its turn outside of them waits',
    },
    `hours such as '22:00-06:00', or '${off}'`,
    (value) => value === off || readWindow(value) !== undefined,
  ),
  jitterSeconds: wholeNumber(0, 86_400, {
    environment: 'BACKUP_JITTER_SECONDS',
    fallback: 60,
    help: 'Scheduled runs start up to so many seconds late, so that not all start at once',
  }),
};

/** When something is done: times, a cron line, or `off`. */
export function time(about: About<string>): Setting<string> {
  return text(about, `${scheduleTimeForms}, or '${off}'`, isTime);
}

/** In the file times by name; in the environment `name=time; name=time`. */
function timesByName(
  about: About<Readonly<Record<string, string>>>,
): Setting<Readonly<Record<string, string>>> {
  const name = z
    .string()
    .refine(
      (value) =>
        isDatabaseName(readModuleSchedule(value)[0]) || otherKinds.some((kind) => kind === value),
    );
  const times = z.record(name, z.string().trim().refine(isTime)).readonly();
  const written = z.string().transform((value) =>
    Object.fromEntries(
      value
        .split(';')
        .filter((part) => part.trim() !== '')
        .map((part) => part.split('='))
        .map(([key = '', ...rest]) => [key.trim(), rest.join('=')]),
    ),
  );
  return define(about, {
    type: z.union([times, written.pipe(times)]),
    allowed: `times by kind (${otherKinds.join(', ')}) or module, such as 'schema_only: 12:00'; in the environment 'schema_only=12:00; dictionaries=Sunday 05:00'`,
    show: (value) =>
      Object.entries(value)
        .map(([key, at]) => `${key}=${at}`)
        .join('; '),
  });
}

function isTime(value: string): boolean {
  return value === off || readScheduleTime(value) !== undefined;
}
