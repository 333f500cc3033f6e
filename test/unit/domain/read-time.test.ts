import { describe, expect, test } from 'vitest';
import { readTime } from '../../../src/domain/read-time.ts';

describe('a time is read', () => {
  test.each([
    ['in UTC', '2026-03-01T16:00:00Z', 'Asia/Shanghai', '2026-03-01T16:00:00.000Z'],
    ['with an offset', '2026-03-01 16:00+08:00', 'UTC', '2026-03-01T08:00:00.000Z'],
    ['with an offset as ISO allows it', '2026-03-01T16:00-0330', 'UTC', '2026-03-01T19:30:00.000Z'],
    ['as clocks show it', '2026-03-02 00:00', 'Asia/Shanghai', '2026-03-01T16:00:00.000Z'],
    ['as a day that begins', '2026-03-02', 'Asia/Shanghai', '2026-03-01T16:00:00.000Z'],
    ['to the millisecond', '2026-03-02 00:00:00.250', 'UTC', '2026-03-02T00:00:00.250Z'],
    ['in summer', '2026-07-01 12:00', 'Europe/Berlin', '2026-07-01T10:00:00.000Z'],
    ['before clocks go forward', '2026-03-29 01:59', 'Europe/Berlin', '2026-03-29T00:59:00.000Z'],
    ['after clocks went forward', '2026-03-29 03:00', 'Europe/Berlin', '2026-03-29T01:00:00.000Z'],
    ['after clocks went back', '2026-10-25 03:00', 'Europe/Berlin', '2026-10-25T02:00:00.000Z'],
  ])('%s', (_, text, zone, expected) => {
    expect(readTime(text, zone)?.toISOString()).toBe(expected);
  });
});

test.each(['yesterday', '2026-02-30', '2026-13-01', '2026-03-01T25:00', '16:00', '', '03/01/2026'])(
  '%j is no time',
  (text) => {
    expect(readTime(text, 'UTC')).toBeUndefined();
  },
);
