import { expect, it } from 'vitest';
import { formatAge, formatBytes, formatDuration, formatUtc } from '../../../src/web/format.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1_040_000, '1.04 MB'],
  [52_300_000_000, '52.3 GB'],
  [523_000_000_000, '523 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes, 'en')).toBe(text);
});

it.each([
  [2.44, '2.4 sec'],
  [65, '1 min 5 sec'],
  [7_325, '2 hr 2 min'],
  [93_600, '1 day 2 hr'],
])('%d seconds are %s', (seconds, text) => {
  expect(formatDuration(seconds, 'en')).toBe(text);
});

it('an age is said in the language of the reader', () => {
  const now = new Date('2026-03-02T12:00:00Z');
  expect(formatAge(new Date('2026-03-02T09:00:00Z'), now, 'en')).toBe('3 hours ago');
  expect(formatAge(new Date('2026-03-02T15:30:00Z'), now, 'zh-CN')).toBe('3小时后');
});

it('a moment is the same for everybody in UTC', () => {
  expect(formatUtc(new Date('2026-03-02T09:00:05.123Z'))).toBe('2026-03-02 09:00:05 UTC');
});
