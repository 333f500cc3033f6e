/** A time of day. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** Times of day, every day, on one weekday (0 = Sunday) or on one day of the month; or a cron line. */
export type ScheduleTime =
  | { readonly times: readonly TimeOfDay[]; readonly weekday?: number; readonly day?: number }
  | { readonly cron: string };

/** What `readScheduleTime` takes, in words. */
export const scheduleTimeForms = `times such as '00:00', '06:00, 18:00', 'Sunday 02:00' or 'day 1 05:00', or a cron line such as '30 2 * * *'`;

export const weekdays = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
] as const;

/** Reads `06:00, 18:00`, `Sunday 02:00`, `day 1 05:00` or a cron line; undefined: it is none of these. */
export function readScheduleTime(text: string): ScheduleTime | undefined {
  const form = /^(?:(?<weekday>[a-z]+)\s+|day\s+(?<day>\d{1,2})\s+)?(?<times>\d{1,2}:\d\d.*)$/i;
  const { weekday, day, times } = form.exec(text.trim())?.groups ?? {};
  if (times === undefined) return isCron(text.trim()) ? { cron: text.trim() } : undefined;
  const read = times.split(',').map(readTimeOfDay);
  if (!read.every((time) => time !== undefined)) return undefined;
  if (day !== undefined) return inRange(day, 1, 31) ? { times: read, day: Number(day) } : undefined;
  if (weekday === undefined) return { times: read };
  const index = weekdays.findIndex((name) => name.toLowerCase() === weekday.toLowerCase());
  return index < 0 ? undefined : { times: read, weekday: index };
}

/** Reads `02:30`. */
export function readTimeOfDay(text: string): TimeOfDay | undefined {
  const [, hour = '', minute = ''] = /^\s*(\d{1,2}):(\d\d)\s*$/.exec(text) ?? [];
  if (!inRange(hour, 0, 23) || !inRange(minute, 0, 59)) return undefined;
  return { hour: Number(hour), minute: Number(minute) };
}

/** As `readScheduleTime` reads it. */
export function showScheduleTime(when: ScheduleTime): string {
  if ('cron' in when) return when.cron;
  const times = when.times.map(showTimeOfDay).join(', ');
  if (when.day !== undefined) return `day ${when.day} ${times}`;
  return when.weekday === undefined ? times : `${weekdays[when.weekday] ?? ''} ${times}`;
}

export function showTimeOfDay({ hour, minute }: TimeOfDay): string {
  return `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = weekdays.map((name) => name.slice(0, 3).toLowerCase());

/** The five fields of cron, with their limits and names. */
const cronFields = [
  { min: 0, max: 59, names: [] as string[] },
  { min: 0, max: 23, names: [] },
  { min: 1, max: 31, names: [] },
  { min: 1, max: 12, names: months },
  { min: 0, max: 7, names: days },
];

// Temporal would refuse a wrong one only when the schedule is made: too late to name the setting.
function isCron(text: string): boolean {
  if (/^@(hourly|daily|weekly|monthly|yearly)$/.test(text)) return true;
  const fields = text.split(/\s+/);
  return (
    fields.length === cronFields.length &&
    cronFields.every((limits, index) =>
      (fields[index] ?? '').split(',').every((part) => isCronPart(part, limits)),
    )
  );
}

function isCronPart(part: string, { min, max, names }: (typeof cronFields)[number]): boolean {
  const [, range = '', step] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
  if (step !== undefined && !inRange(step, 1, max)) return false;
  if (range === '*' || range === '?') return true;
  const ends = range.split('-');
  return (
    ends.length <= 2 &&
    ends.every((end) => names.includes(end.toLowerCase()) || inRange(end, min, max))
  );
}

function inRange(text: string, min: number, max: number): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= min && Number(text) <= max;
}
