import { describe, expect, test } from 'vitest';
import { readWindow, untilWindow } from '../../../src/domain/window.ts';

const hours = 3600;

describe('an off-peak window over midnight', () => {
  const window = readWindow('22:00-06:00')!;
  test.each([
    ['22:00:00', 0, 8 * hours],
    ['23:30:00', 0, 6.5 * hours],
    ['00:00:00', 0, 6 * hours],
    ['05:59:59', 0, 1],
    ['06:00:00', 16 * hours, 24 * hours],
    ['12:00:00', 10 * hours, 18 * hours],
    ['21:59:59', 1, 8 * hours + 1],
  ])('at %s opens in %d s and closes in %d s', (time, opensInSeconds, closesInSeconds) => {
    const now = new Date(`2026-03-01T${time}Z`);
    expect(untilWindow(window, now, 'UTC')).toEqual({ opensInSeconds, closesInSeconds });
  });
});

test('a window is in the zone of the settings', () => {
  const window = readWindow('01:00-05:00')!;
  const now = new Date('2026-03-01T18:00:00Z'); // two in the morning in Shanghai
  expect(untilWindow(window, now, 'Asia/Shanghai')).toEqual({
    opensInSeconds: 0,
    closesInSeconds: 3 * hours,
  });
  expect(untilWindow(window, now, 'UTC').opensInSeconds).toBe(7 * hours);
});

test.each(['22:00', '22:00-22:00', '22:00-25:00', '1-2', '01:00-02:00-03:00', 'off'])(
  '%j is no window',
  (text) => {
    expect(readWindow(text)).toBeUndefined();
  },
);
