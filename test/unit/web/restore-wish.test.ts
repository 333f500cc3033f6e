import { describe, expect, test } from 'vitest';
import {
  firstWish,
  requestOf,
  waysOf,
  wrongPattern,
  type Wish,
} from '../../../src/web/restore-wish.ts';

const wish = (part: Partial<Wish> = {}): Wish => ({
  ...{ ...firstWish('latest'), target: 'shop' },
  ...part,
});

describe('a restore is asked for', () => {
  test.each<[string, Partial<Wish>, object]>([
    ['the newest into a new database', {}, { create: true }],
    ['an empty database', { way: 'fill' }, {}],
    ['one that is replaced', { way: 'clean', roles: true }, { clean: true, roles: true }],
    ['of a database', { database: 'shop' }, { create: true, database: 'shop' }],
    ['by several at once', { jobs: '4' }, { create: true, jobs: 4 }],
    ['with a password', { password: 'x' }, { create: true, password: 'x' }],
    [
      'of some tables',
      { part: 'tables', tables: ' public.a\n\npublic.b* ', way: 'clean' },
      { tables: ['public.a', 'public.b*'], clean: true },
    ],
  ])('%s', (_, part, expected) => {
    expect(requestOf(wish(part))).toEqual({ backup: 'latest', target: 'shop', ...expected });
  });

  test('as of a time of the zone of the browser', () => {
    const { at } = requestOf(wish({ at: '2026-03-02T00:00' }));
    expect(at).toBe(new Date(2026, 2, 2).toISOString());
  });

  test('without what belongs to another choice that was made before', () => {
    const named = wish({ backup: 'shop_full_20260301_160000', at: '2026-03-02T00:00' });
    expect(requestOf({ ...named, database: 'shop', tables: 'public.a' })).toEqual({
      ...{ backup: 'shop_full_20260301_160000', target: 'shop', create: true },
    });
  });
});

test('tables are not restored into a database that is made', () => {
  expect(waysOf('all')).toEqual(['create', 'fill', 'clean']);
  expect(waysOf('tables')).toEqual(['fill', 'clean']);
});

test('the first line that names no table is told', () => {
  expect(wrongPattern('public.a\n\n "odd.schema".b\n')).toBeUndefined();
  expect(wrongPattern('public.a\norders\nalso')).toBe('orders');
});
