export type Period = 'daily' | 'weekly' | 'monthly' | 'yearly';

/** Names the day, ISO week, month or year in which a moment falls, as the calendar of `timeZone` has it. */
export function periodOf(period: Period, time: Date, timeZone: string): string {
  const { year, month, day } = dateIn(time, timeZone);
  switch (period) {
    case 'daily':
      return `${year}-${month}-${day}`;
    case 'weekly':
      return isoWeek(year, month, day);
    case 'monthly':
      return `${year}-${month}`;
    case 'yearly':
      return String(year);
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

function dateIn(time: Date, timeZone: string): { year: number; month: number; day: number } {
  const parts = new Map(
    formatFor(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, Number(value)]),
  );
  return {
    year: parts.get('year') ?? 0,
    month: parts.get('month') ?? 0,
    day: parts.get('day') ?? 0,
  };
}

// Making a format costs a hundred times more than using it.
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known) return known;
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  });
  formats.set(timeZone, format);
  return format;
}

/** A week belongs to the year of its Thursday. */
function isoWeek(year: number, month: number, day: number): string {
  const date = new Date(Date.UTC(year, month - 1, day));
  const weekday = date.getUTCDay() || 7;
  date.setUTCDate(day + 4 - weekday);
  const dayOfYear = (date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000;
  return `${date.getUTCFullYear()}-W${Math.floor(dayOfYear / 7) + 1}`;
}
