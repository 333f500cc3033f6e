import { expect, test } from 'vitest';
import { isSameDay } from '../../../src/domain/format-time.ts';

test('a day is one of the zone: midnight in Shanghai lies between two hours of a day in UTC', () => {
  const [before, after] = [new Date('2026-03-02T15:59:59Z'), new Date('2026-03-02T16:00:00Z')];
  expect(isSameDay(before, after, 'UTC')).toBe(true);
  expect(isSameDay(before, after, 'Asia/Shanghai')).toBe(false);
});
