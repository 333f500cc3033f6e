import { describe, expect, test } from 'vitest';
import { readScheduleTime, showScheduleTime } from '../../../src/domain/schedule-time.ts';

describe('a schedule time', () => {
  test.each([
    ['00:00', { times: [{ hour: 0, minute: 0 }] }, '00:00'],
    ['6:05', { times: [{ hour: 6, minute: 5 }] }, '06:05'],
    [
      '06:00,18:30',
      {
        times: [
          { hour: 6, minute: 0 },
          { hour: 18, minute: 30 },
        ],
      },
      '06:00, 18:30',
    ],
    ['sunday 02:00', { times: [{ hour: 2, minute: 0 }], weekday: 0 }, 'Sunday 02:00'],
    ['day 15 05:00', { times: [{ hour: 5, minute: 0 }], day: 15 }, 'day 15 05:00'],
    ['30 2 * * *', { cron: '30 2 * * *' }, '30 2 * * *'],
    ['*/15 8-18 1,15 jan-mar MON', { cron: '*/15 8-18 1,15 jan-mar MON' }, undefined],
    ['@daily', { cron: '@daily' }, '@daily'],
  ])('%j is read, and shown again', (text, read, shown) => {
    expect(readScheduleTime(text)).toEqual(read);
    expect(showScheduleTime(readScheduleTime(text)!)).toBe(shown ?? text);
  });

  test.each([
    ...['24:00', '7', '12:60', '06:00,', '06:00 18:00', 'Someday 02:00', 'day 0 02:00'],
    ...['day 32 02:00', '* * * *', '60 * * * *', '0 24 * * *', '0 0 0 * *', '0 0 * 13 *'],
    ...['0 0 * * 8', '*/0 * * * *', '0 0 * foo *', '@sometimes', 'off', ''],
  ])('%j is refused', (text) => {
    expect(readScheduleTime(text)).toBeUndefined();
  });
});
