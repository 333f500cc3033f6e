import { describe, expect, test } from 'vitest';
import { decidedCopies, listedCopies, planDatabase } from '../../../src/domain/cleanup.ts';
import type { RetentionBackup } from '../../../src/domain/retention.ts';

const day = 86_400_000;
const now = new Date('2026-03-31T00:00:00Z');
const scope = {
  ...{ cloudDestinations: ['s3'], timeZone: 'UTC', force: false },
  since: new Date(now.getTime() - 1000).toISOString(),
};
const rules = { local: { keepDays: 5 }, cloud: { keepDays: 10 } };

/** A full of so many days ago, here and in the cloud; `checked` says where it was looked at since the clean-up began. */
function full(days: number, checked: readonly string[] = []): RetentionBackup {
  const copy = (destination: string, host: string | null) => ({
    ...{ destination, host, state: 'good' as const, lastCheckGood: true, lockedUntil: null },
    checkedAt: checked.includes(destination) ? now : new Date(0),
    bytes: 10,
  });
  return {
    ...{ id: `shop_full_${days}`, database: 'shop', kind: 'full', module: null, state: 'proven' },
    ...{ base: null, held: false, imported: false, leased: false },
    triggeredAt: new Date(now.getTime() - days * day),
    copies: [copy('local', 'a'), copy('s3', null)],
  };
}

describe('the plan of one database', () => {
  test('lets deletions wait until the newest proven copy in their place was looked at', () => {
    const others = [1, 2, 3, 4, 6, 12].map((days) => full(days));
    const plan = planDatabase([full(0, ['s3']), ...others], rules, scope, now);
    const named = (copies: readonly { backup: string; destination: string }[]) =>
      copies.map(({ backup, destination }) => `${backup} ${destination}`);
    expect(named(plan.unchecked)).toEqual(['shop_full_0 local']);
    expect(named(plan.doomed)).toEqual([
      'shop_full_12 local',
      'shop_full_12 s3',
      'shop_full_6 local',
    ]);
    expect(named(plan.ready)).toEqual(['shop_full_12 s3']);
    expect(plan.ready[0]).toMatchObject({ database: 'shop', state: 'good', round: 'others' });
    expect(plan.kept).toHaveLength(11);
  });

  test('looks at nothing where nothing is deleted', () => {
    const plan = planDatabase([full(0), full(1)], rules, scope, now);
    expect(plan).toMatchObject({ unchecked: [], doomed: [], stops: [] });
  });
});

test('a list in a result is no longer than the history bears', () => {
  const copy = { backup: 'x', destination: 'local', host: 'a', bytes: 2, reason: 'deleted: old' };
  const many = decidedCopies(Array.from({ length: listedCopies + 7 }, () => copy));
  expect(many.copies).toHaveLength(listedCopies);
  expect(many).toMatchObject({ count: listedCopies + 7, bytes: 2 * (listedCopies + 7) });
});
