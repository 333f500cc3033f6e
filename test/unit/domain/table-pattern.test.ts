import { expect, test } from 'vitest';
import { isTablePattern, tableMatcher } from '../../../src/domain/table-pattern.ts';

test.each([
  ['public.orders', 'public', 'orders', true],
  ['public.orders', 'public', 'orders2', false],
  ['public.orders', 'Public', 'orders', false],
  ['public.ord*', 'public', 'order_lines', true],
  ['*.ord*s', '组 织', 'orders', true],
  ['public.*', 'public', 'line\nbreak', true],
  ['public.a+b', 'public', 'aab', false],
  ['组 织.部门 *', '组 织', '部门 "main"', true],
  ['"a.b"."c*"', 'a.b', 'c*', true],
  ['"a.b"."c*"', 'a.b', 'cd', false],
  ['s."say ""hi"""', 's', 'say "hi"', true],
])('%s on %s.%s: %s', (pattern, schema, name, expected) => {
  expect(isTablePattern(pattern)).toBe(true);
  expect(tableMatcher(pattern)({ schema, name })).toBe(expected);
});

test.each(['orders', 'public.', '.orders', 'a.b.c', '', 'public."open'])(
  '%s is no pattern',
  (text) => {
    expect(isTablePattern(text)).toBe(false);
  },
);

test('a long row of quotes is told at once', () => {
  const started = performance.now();
  expect(isTablePattern(`a.${'"'.repeat(64)}.`)).toBe(false);
  expect(isTablePattern(`a.${'"'.repeat(298)}`)).toBe(true);
  expect(performance.now() - started).toBeLessThan(1000);
});
