import { describe, expect, test } from 'vitest';
import { planRetention } from '../../../src/domain/retention.ts';
import type {
  RetentionBackup,
  RetentionCopy,
  RetentionInput,
  RetentionPlan,
  RetentionRule,
} from '../../../src/domain/retention.ts';

const day = 86_400_000;
const base = Date.parse('2026-01-01T00:00:00Z');
const at = (days: number) => new Date(base + days * day);

describe('by age', () => {
  test.each([
    { keepDays: 30, ageDays: 30, action: 'keep', reason: 'kept: not older than 30 days' },
    { keepDays: 30, ageDays: 30.001, action: 'delete', reason: 'deleted: older than 30 days' },
    { keepDays: 1, ageDays: 1.5, action: 'delete', reason: 'deleted: older than 1 day' },
    { keepDays: 0, ageDays: 9999, action: 'keep', reason: 'kept: for ever' },
  ])('$keepDays days and $ageDays days old: $action', ({ keepDays, ageDays, action, reason }) => {
    const [, old] = decide({ keepDays }, [full(0), full(ageDays - 0.0001)], at(ageDays));
    expect(old).toMatchObject({ action, reason });
  });

  test('a destination without a rule keeps everything, also one named like a method', () => {
    for (const destination of ['local', 'constructor', '__proto__']) {
      const backups = [full(0), full(1)].map((one) => ({
        ...one,
        copies: one.copies.map((copy) => ({ ...copy, destination })),
      }));
      const { decisions } = plan({ backups, rules: {}, now: at(900) });
      const reason = 'kept: no rule for this destination';
      expect(decisions[1]).toMatchObject({ action: 'keep', reason });
    }
  });

  test.each([{}, { keepLast: 0, keepDaily: 0 }])('nothing configured, %o, keeps all', (rule) => {
    expect(decide(rule, [full(0), full(1)], at(900)).map(({ action }) => action)).toEqual([
      'keep',
      'keep',
    ]);
  });

  test('for ever wins over counted rules', () => {
    const kept = decide({ keepDays: 0, keepLast: 1 }, [full(0), full(1)], at(900));
    expect(kept[1]).toMatchObject({ reason: 'kept: for ever' });
  });

  test.each([Number.NaN, -1, 1.5, Infinity])('refuses %d days', (keepDays) => {
    expect(() => decide({ keepDays }, [full(0)], at(1))).toThrow(
      expect.objectContaining({ code: 'invalid_settings' }),
    );
  });

  test('decides nothing by a time that cannot be read', () => {
    const broken = { ...full(0), triggeredAt: new Date('') };
    expect(() => decide({ keepDays: 1 }, [broken], at(1))).toThrow('has no readable time');
    expect(() => decide({ keepDays: 1 }, [full(0)], new Date(''))).toThrow('clock');
  });
});

describe('by count', () => {
  test('failed and unproven ones take no place of keep-last', () => {
    const backups = [full(0), full(1), full(2, { state: 'failed' }), full(3), full(4)];
    expect(reasons({ keepDays: 1, keepLast: 3 }, backups, at(90))).toEqual([
      'kept: newest proven full',
      'kept: last 2 of 3',
      'deleted: failed, older than 1 day, not among last 3',
      'kept: last 3 of 3',
      'deleted: older than 1 day, not among last 3',
    ]);
  });

  test('a full that is one of the last keeps its proven incrementals, a daily one does not', () => {
    const backups = [full(0), incremental(0.5, 0), full(1), full(2)];
    expect(reasons({ keepLast: 3 }, backups, at(90))[2]).toBe('kept: its full is last 3 of 3');
    expect(reasons({ keepDaily: 3 }, backups, at(90))[2]).toBe('deleted: not among daily 3');
  });

  test('days without a backup take no place, and the oldest fills one that is left', () => {
    const backups = [full(0), full(0.1), full(0.2), full(40), full(80)];
    expect(reasons({ keepDaily: 4 }, backups, at(90))).toEqual([
      'kept: newest proven full',
      'kept: daily 2 of 4',
      'kept: daily 3 of 4',
      'deleted: not among daily 4',
      'kept: oldest, daily 4 of 4',
    ]);
  });

  test.each([
    { timeZone: 'UTC', kept: ['full_0.7', 'full_-0.6'] },
    { timeZone: 'Asia/Shanghai', kept: ['full_0.7', 'full_0.5'] }, // its midnight is 16:00 in UTC
  ])('a day is one of the calendar in $timeZone', ({ timeZone, kept }) => {
    const backups = [full(-0.6), full(0.5), full(0.7)];
    const rules = { local: { keepDaily: 2 } };
    const { decisions } = plan({ backups, rules, now: at(90), timeZone });
    expect(decisions.filter(({ action }) => action === 'keep').map((one) => one.backup)).toEqual(
      kept,
    );
  });

  test('weeks are ISO weeks: one that spans the new year is one week', () => {
    const backups = [full(-3), full(-2), full(1), full(3)];
    expect(reasons({ keepWeekly: 1 }, backups, at(90))).toEqual([
      'kept: newest proven full',
      'deleted: not among weekly 1',
      'deleted: not among weekly 1',
      'deleted: not among weekly 1',
    ]);
    // 2025-12-29 to 2026-01-04 is one week.
    const reaching = reasons({ keepWeekly: 2 }, backups, at(90));
    expect(reaching[3]).toBe('kept: oldest, weekly 2 of 2');
  });
});

describe('the clock', () => {
  test('stops every series of a database and module whose newest backup it is before', () => {
    const backups = [full(0), full(1), full(40)];
    const { stops, deletions, decisions } = plan({ backups, now: at(39), force: false });
    expect(deletions).toEqual([]);
    expect(stops).toEqual([
      expect.objectContaining({
        database: 'shop',
        module: null,
        kind: 'full',
        destination: 'local',
        host: 'alpha',
        reason: "the clock, 2026-02-09T00:00:00.000Z, is before the newest backup, 'full_40'",
      }),
    ]);
    expect(decisions[2]).toMatchObject({
      reason: 'kept: clean-up stopped; else deleted: older than 30 days',
    });
  });

  test('with force a backup of the future is kept, and is not the proof that lets others go', () => {
    const kept = reasons({ keepDays: 30 }, [full(0), full(1), full(400)], at(90));
    expect(kept).toEqual([
      'kept: its time lies in the future',
      'kept: newest proven full',
      'deleted: older than 30 days',
    ]);
  });
});

describe('stops', () => {
  test.each([
    { old: 1, young: 1, stopped: false },
    { old: 2, young: 1, stopped: true },
    { old: 2, young: 2, stopped: false },
    { old: 3, young: 2, stopped: true },
  ])('$old old and $young young: stopped is $stopped', ({ old, young, stopped }) => {
    const backups = [
      ...Array.from({ length: old }, (_, index) => full(index)),
      ...Array.from({ length: young }, (_, index) => full(80 + index)),
    ];
    const { stops, deletions } = plan({ backups, now: at(90), force: false });
    expect(stops.length).toBe(stopped ? 1 : 0);
    expect(deletions.length).toBe(stopped ? 0 : old);
    expect(plan({ backups, now: at(90), force: true }).deletions).toHaveLength(old);
  });

  test('an incremental that a stop keeps, keeps its full in the place that was not stopped', () => {
    const cloud = [copyOf('s3')];
    const backups = [
      full(0, { copies: cloud }),
      incremental(0.5, 0),
      full(70, { copies: cloud }),
      full(1),
      full(2),
      full(80),
    ];
    const { decisions, stops } = plan({
      backups,
      rules: { local: { keepDays: 30 }, s3: { keepDays: 30 } },
      now: at(90),
      force: false,
    });
    expect(stops.map(({ destination }) => destination)).toEqual(['local']);
    expect(decisions.find(({ backup }) => backup === 'full_0')).toMatchObject({
      action: 'keep',
      reason: 'kept: needed by incremental_0.5',
    });
  });
});

test('incrementals go before their full, the newest first, the oldest family first', () => {
  const backups = [
    full(3),
    incremental(3.5, 3),
    full(0),
    incremental(0.5, 0),
    incremental(0.7, 0),
    full(80),
  ];
  const { deletions, mustCheckFirst } = plan({ backups, now: at(90) });
  expect(deletions.map(({ backup }) => backup)).toEqual([
    'incremental_0.7',
    'incremental_0.5',
    'full_0',
    'incremental_3.5',
    'full_3',
  ]);
  expect(mustCheckFirst).toEqual([{ backup: 'full_80', destination: 'local', host: 'alpha' }]);
});

test('plans the clean-up of three hundred databases', () => {
  const one = [...Array(120).keys()].flatMap((days) => [full(days), incremental(days + 0.5, days)]);
  const backups = [...Array(300).keys()].flatMap((number) =>
    one.map((backup) => ({
      ...backup,
      id: `db${number}_${backup.id}`,
      database: `db${number}`,
      base: backup.base && `db${number}_${backup.base}`,
    })),
  );
  const rules = { local: { keepDays: 90, keepMonthly: 12 } };
  const { deletions } = plan({ backups, rules, now: at(121) });
  expect(deletions.length).toBeGreaterThan(300 * 50);
});

function plan(some: Partial<RetentionInput> & { backups: RetentionBackup[] }): RetentionPlan {
  const rules = { local: { keepDays: 30 } };
  return planRetention({ rules, cloudDestinations: [], now: at(90), force: true, ...some });
}

function decide(rule: RetentionRule, backups: RetentionBackup[], now: Date) {
  return plan({ backups, rules: { local: rule }, now }).decisions;
}

function reasons(rule: RetentionRule, backups: RetentionBackup[], now: Date): string[] {
  return plan({ backups, rules: { local: rule }, now }).decisions.map(({ reason }) => reason);
}

function full(days: number, some: Partial<RetentionBackup> = {}): RetentionBackup {
  return {
    id: `full_${days}`,
    database: 'shop',
    kind: 'full',
    module: null,
    state: 'proven',
    base: null,
    triggeredAt: at(days),
    held: false,
    imported: false,
    leased: false,
    copies: [copyOf('local')],
    ...some,
  };
}

function incremental(days: number, ofDays: number): RetentionBackup {
  return full(days, { id: `incremental_${days}`, kind: 'incremental', base: `full_${ofDays}` });
}

function copyOf(destination: string): RetentionCopy {
  return {
    destination,
    host: destination === 'local' ? 'alpha' : null,
    state: 'good',
    lastCheckGood: true,
    checkedAt: at(0),
    lockedUntil: null,
    bytes: 1000,
  };
}
