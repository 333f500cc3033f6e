import { expect, test } from 'vitest';
import { waitOfAddress, waitOfUser } from '../../../src/domain/login-throttle.ts';

const failed = (count: number) => ({ count, last: 0 });

test('the first five wrong passwords from an address cost nothing', () => {
  expect([0, 1, 4].map((count) => waitOfAddress(failed(count), 0))).toEqual([0, 0, 0]);
  expect(waitOfAddress(undefined, 0)).toBe(0);
});

test('then the wait doubles, up to a quarter of an hour, and runs off', () => {
  expect([5, 6, 7, 50].map((count) => waitOfAddress(failed(count), 0))).toEqual([
    1000, 2000, 4000, 900_000,
  ]);
  expect(waitOfAddress(failed(6), 1500)).toBe(500);
  expect(waitOfAddress(failed(50), 3_600_001)).toBe(0);
});

test('whoever knows a name can make its owner wait for half a minute at most', () => {
  expect(waitOfUser(failed(19), 0)).toBe(0);
  expect(waitOfUser(failed(1_000_000), 0)).toBe(30_000);
});
