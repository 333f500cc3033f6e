/** `2026-03-02 00:00:00` in that zone. */
export function inZone(time: Date, timeZone: string): string {
  const form = new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  return form.format(time);
}
