import { expect, test } from 'vitest';
import { isReadNow, readingsText } from '../../../src/domain/check-plan.ts';

const week = 7 * 24 * 3600 * 1000;
const ids = Array.from({ length: 365 }, (_, day) => {
  const time = new Date(Date.UTC(2026, 0, 1 + day)).toISOString();
  return `shop_full_${time.slice(0, 10).replaceAll('-', '')}_000000`;
});

const fresh = (now: Date) => new Date(now.getTime() - week).toISOString();
const isTurnOf = (backup: string, days: number, now: Date) =>
  isReadNow({ backup, readAt: fresh(now) }, days, now);

test('every copy is read whole exactly once within 90 days', () => {
  for (const id of ids) {
    const weeks = Array.from({ length: 12 }, (_, n) => new Date(Date.UTC(2026, 5, 6) + n * week));
    expect(weeks.filter((now) => isTurnOf(id, 90, now))).toHaveLength(1);
  }
});

test('the arithmetic is shown', () => {
  expect(readingsText(9, 30, 90)).toBe(
    '9 read whole, 30 compared by size and checksum: of the cloud one in 12 is read each week, so that each is within 90 days',
  );
  expect(readingsText(9, 30, 30)).toContain('one in 4 is read each week');
});

test('about the same number is read each week', () => {
  for (let n = 0; n < 12; n++) {
    const now = new Date(Date.UTC(2026, 5, 6) + n * week);
    const read = ids.filter((id) => isTurnOf(id, 90, now)).length;
    expect(read).toBeGreaterThan(365 / 12 / 3);
    expect(read).toBeLessThan((365 / 12) * 3);
  }
});

test('what missed its turn is read before its days are over', () => {
  const now = new Date(Date.UTC(2026, 5, 6));
  const others = ids.filter((id) => !isTurnOf(id, 90, now));
  const unreadFor = (days: number) => new Date(now.getTime() - (days / 7) * week).toISOString();
  const read = (days: number) =>
    others.filter((backup) => isReadNow({ backup, readAt: unreadFor(days) }, 90, now)).length;
  expect(read(83)).toBe(0);
  expect(read(83.1)).toBe(others.length);
});

test('with a week or less all are read each time', () => {
  expect(ids.every((id) => isTurnOf(id, 7, new Date()) && isTurnOf(id, 1, new Date()))).toBe(true);
});
