const dayMilliseconds = 86_400_000;

/** ISO dates of so many weeks, from a Monday on, up to this one; by the calendar, whose days are all as long. */
export function datesUpTo(last: string, weeks: number): string[] {
  const end = Date.parse(last); // midnight in UTC, where no hour is put forward
  const weekday = (new Date(end).getUTCDay() + 6) % 7;
  const count = (weeks - 1) * 7 + weekday + 1;
  return Array.from({ length: count }, (_, index) =>
    new Date(end - (count - 1 - index) * dayMilliseconds).toISOString().slice(0, 10),
  );
}

/** The date of a moment in the zone of the browser. */
export function dateOf(time: Date): string {
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()]
    .map((part) => String(part).padStart(2, '0'))
    .join('-');
}
