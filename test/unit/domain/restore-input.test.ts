import { describe, expect, test } from 'vitest';
import { targetNames, type RestoreInput } from '../../../src/domain/restore.ts';
import { readRestoreInput } from '../../../src/domain/restore-input.ts';

test('what is left out has its default', () => {
  expect(readRestoreInput({ target: 'shop' }, 'UTC')).toEqual({
    ...{ backup: 'latest', database: null, at: null, target: 'shop' },
    ...{ create: false, clean: false, tables: null, noOwner: false, noPrivileges: false },
    ...{ roles: false, jobs: null, secret: null, dryRun: false },
  });
});

test('a time without an offset is one of the zone of the settings', () => {
  const input = { target: 'shop', at: '2026-03-02 00:00' };
  expect(readRestoreInput(input, 'Asia/Shanghai').at).toEqual(new Date('2026-03-01T16:00:00Z'));
});

describe('is refused', () => {
  const cases: [string, object, RegExp][] = [
    ['no target', {}, /no target/],
    ['an unknown field', { target: 'shop', tabels: [] }, /unknown field 'tabels'/],
    ['a flag that is a text', { target: 'shop', clean: 'yes' }, /'clean' must be true or false/],
    ['create with clean', { target: 'shop', create: true, clean: true }, /both create and clean/],
    ['a time with an id', { target: 'shop', backup: 'x', at: '2026-01-01' }, /both a backup and/],
    ['no time', { target: 'shop', at: 'yesterday' }, /'yesterday' is not a time/],
    ['no number of jobs', { target: 'shop', jobs: Number('two') }, /jobs must be/],
    ['no name of a table', { target: 'shop', tables: ['orders'] }, /'orders' is not/],
    ['no table at all', { target: 'shop', tables: [] }, /empty/],
    ['tables into a new database', { target: 'x', tables: ['a.b'], create: true }, /exists/],
    [
      'roles for nothing',
      { target: 'x', roles: true, noOwner: true, noPrivileges: true },
      /neither owners nor grants/,
    ],
  ];
  test.each(cases)('%s', (_, input, message) => {
    expect(() => readRestoreInput(input as RestoreInput, 'UTC')).toThrow(message);
  });
});

describe('names beside the target', () => {
  const at = new Date('2026-03-01T16:00:00Z');

  test('carry the run and the time', () => {
    expect(targetNames('shop', 'abcd1234', at)).toEqual({
      database: 'shop',
      restoring: 'shop_restoring_abcd1234',
      before: 'shop_before_20260301_160000',
    });
  });

  test('are cut where PostgreSQL would cut them, between characters', () => {
    const { restoring, before } = targetNames('数'.repeat(21), 'abcd1234', at);
    for (const name of [restoring, before]) {
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
      expect(name).toMatch(/^数+_(restoring_abcd1234|before_20260301_160000)$/);
    }
  });
});
