import { inZone } from './format-time.ts';

const form =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[ T](?<time>\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(?<offset>Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Reads `2026-03-01T16:00:00Z`, `2026-03-01T16:00+08:00`, and without an offset, `2026-03-01 16:00` or `2026-03-01`, as
 * the clocks of that zone show it; undefined: it is no time.
 */
export function readTime(text: string, timeZone: string): Date | undefined {
  const { date, time = '00:00', offset } = form.exec(text.trim())?.groups ?? {};
  if (date === undefined) return undefined;
  const asUtc = new Date(`${date}T${time}Z`);
  if (Number.isNaN(asUtc.getTime()) || asUtc.toISOString().slice(0, 10) !== date) return undefined;
  if (offset === undefined) return fromWallClock(asUtc, timeZone);
  return new Date(`${date}T${time}${offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
}

// Twice: the offset at the first guess is another one where the clocks were changed in between.
function fromWallClock(wall: Date, timeZone: string): Date {
  const back = (instant: Date) => new Date(wall.getTime() - offsetAt(instant, timeZone));
  return back(back(wall));
}

function offsetAt(instant: Date, timeZone: string): number {
  const shown = Date.parse(`${inZone(instant, timeZone).replace(' ', 'T')}Z`);
  return shown - Math.floor(instant.getTime() / 1000) * 1000;
}
