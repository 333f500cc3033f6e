import { expect, it } from 'vitest';
import { datesUpTo } from '../../../src/web/calendar-days.ts';

it('the calendar has every day once, from a Monday on, also where the clock is put forward or back', () => {
  for (const last of ['2026-04-01', '2026-11-04', '2026-03-29']) {
    const dates = datesUpTo(last, 26);
    expect(new Set(dates).size).toBe(dates.length);
    expect(dates.at(-1)).toBe(last);
    expect(new Date(dates[0]!).getUTCDay()).toBe(1);
    expect(Date.parse(last) - Date.parse(dates[0]!)).toBe((dates.length - 1) * 86_400_000);
  }
});

it.each([
  ['2026-03-02', 8], // a Monday
  ['2026-03-08', 14], // a Sunday
])('two weeks up to %s are %d days', (last, count) => {
  expect(datesUpTo(last, 2)).toHaveLength(count);
});
