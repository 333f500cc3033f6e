import { describe, expect, test } from 'vitest';
import {
  chooseRecoveryPoint,
  snapshotOf,
  type StoredBackup,
} from '../../../src/domain/recovery-point.ts';

function stored(day: number, more: Partial<StoredBackup> = {}): StoredBackup {
  const date = `2026-03-${String(day).padStart(2, '0')}`;
  return {
    id: `shop_full_${date.replaceAll('-', '')}_160000`,
    ...{ database: 'shop', kind: 'full', module: null, base: null, state: 'proven' },
    snapshotAt: `${date}T16:00:01.000Z`,
    ...more,
  };
}

const all = [
  stored(1),
  stored(4, { state: 'failed' }),
  stored(5, { id: 'module', module: 'dictionaries' }),
  stored(6, { id: 'schema', kind: 'schema_only' }),
  stored(3, { state: 'unproven' }),
  stored(2),
];

describe('latest', () => {
  test.each([
    ['is the newest proven one of a whole database', null, stored(2).id],
    ['as of a time is the newest one not after it', '2026-03-02T16:00:00Z', stored(1).id],
    ['as of its own recovery point is that one', '2026-03-02T16:00:01Z', stored(2).id],
    ['as of a time before all is none', '2026-02-28T00:00:00Z', undefined],
  ])('%s', (_, at, id) => {
    const point = chooseRecoveryPoint(all, { backup: 'latest', at: at ? new Date(at) : null });
    expect(point?.full.id).toBe(id);
    expect(point?.incremental ?? null).toBeNull();
  });
});

test.each(['module', 'schema', stored(4).id, stored(3).id])('%s can be had by its id', (id) => {
  expect(chooseRecoveryPoint(all, { backup: id, at: null })?.full.id).toBe(id);
});

const family = [
  stored(1),
  stored(2, { id: 'inc', kind: 'incremental', base: stored(1).id }),
  stored(3, { id: 'orphan', kind: 'incremental', base: 'gone' }),
  stored(4, { id: 'untested', kind: 'incremental', base: stored(1).id, state: 'unproven' }),
];

test.each([
  ['latest', null, [stored(1).id, 'inc']],
  ['latest', '2026-03-02T00:00:00Z', [stored(1).id, undefined]],
  ['untested', null, [stored(1).id, 'untested']],
  ['orphan', null, [undefined, undefined]],
])('%s as of %s is an incremental only with its full', (backup, at, ids) => {
  const point = chooseRecoveryPoint(family, { backup, at: at ? new Date(at) : null });
  expect([point?.full.id, point?.incremental?.id]).toEqual(ids);
});

test('no incremental of a full that failed its proof since is the latest', () => {
  const failed = stored(1, { state: 'failed' });
  const point = chooseRecoveryPoint([stored(0), failed, family[1]!], {
    backup: 'latest',
    at: null,
  });
  expect(point?.full.id).toBe(stored(0).id);
});

test('the recovery point of an incremental is its own', () => {
  const full = stored(1);
  expect(snapshotOf({ full, incremental: null })).toBe(full.snapshotAt);
  expect(snapshotOf({ full, incremental: stored(2) })).toBe(stored(2).snapshotAt);
});

test('of the fulls alone the newest proven one is taken, though an incremental is younger', () => {
  const full = stored(2);
  const younger = stored(3, { id: 'incremental', kind: 'incremental', base: full.id });
  const wish = { backup: 'latest', at: null };
  expect(chooseRecoveryPoint([younger, full], wish)?.incremental?.id).toBe('incremental');
  const point = chooseRecoveryPoint([younger, full], { ...wish, fullOnly: true });
  expect(point).toEqual({ full, incremental: null });
});
