/** `2026-03-02 00:00:00` in that zone. */
export function inZone(time: Date, timeZone: string): string {
  const form = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return form.format(time);
}

/** Whether two moments lie on one day of that zone. */
export function isSameDay(one: Date, other: Date, timeZone: string): boolean {
  const day = (time: Date) => inZone(time, timeZone).slice(0, 10);
  return day(one) === day(other);
}
