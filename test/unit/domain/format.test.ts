import { expect, it } from 'vitest';
import {
  formatBytes,
  formatContents,
  formatCount,
  formatSeconds,
} from '../../../src/domain/format.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [123_456, '123 kB'],
  [1_500_000_000, '1.5 GB'],
])('writes %d bytes as %j', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [4.21, '4.2 s'],
  [200, '3 min 20 s'],
  [7_500, '2 h 5 min'],
])('writes %d seconds as %j', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

it('writes one thing and many', () => {
  expect(formatCount(1, 'copy', 'copies')).toBe('1 copy');
  expect(formatContents({ tables: 1, rows: 0 })).toBe('1 table, 0 rows');
});
