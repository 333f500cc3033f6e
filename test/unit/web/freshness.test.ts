import { expect, it } from 'vitest';
import { freshnessOf } from '../../../src/web/freshness.ts';

const now = new Date('2026-03-02T12:00:00Z');

it.each([
  ['2026-03-02T06:00:00Z', 26, 'fresh'],
  ['2026-03-01T13:00:00Z', 26, 'aging'],
  ['2026-03-01T09:00:00Z', 26, 'late'],
  ['2020-01-01T00:00:00Z', 0, 'fresh'],
  [null, 26, 'none'],
  ['2026-03-02T06:00:00Z', null, 'gone'],
] as const)('a newest proven backup of %s with an objective of %s hours is %s', (at, hours, is) => {
  expect(freshnessOf(at, hours, now)).toBe(is);
});
