import { inZone } from '../domain/format-time.ts';

export { inZone } from '../domain/format-time.ts';

/** An instant for people, in UTC and in their zone: `2026-03-01 16:00:00 UTC (2026-03-02 00:00:00 Asia/Shanghai)`. */
export function formatTime(time: Date, timeZone: string): string {
  const utc = `${inZone(time, 'UTC')} UTC`;
  return timeZone === 'UTC' ? utc : `${utc} (${inZone(time, timeZone)} ${timeZone})`;
}
