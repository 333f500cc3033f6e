import { describe, expect, test } from 'vitest';
import {
  findOver,
  findTroubles,
  type WatchedDatabase,
  type WatchedSchedule,
  type WatchFacts,
} from '../../../src/domain/watch.ts';

const now = new Date('2026-03-10T12:00:00Z');
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000).toISOString();

const shop: WatchedDatabase = {
  name: 'shop',
  objectives: { provenHours: 26, offsiteHours: 30, restoreTestDays: 35 },
  wantedSince: ago(1000),
  offsiteSince: ago(1000),
  newestProven: ago(1),
  newestOffsite: ago(1),
  lastRestoreTest: ago(1),
};

const daily: WatchedSchedule = {
  ...{ id: 'pma-backup/shop/full', database: 'shop', running: false, pausedSince: null, note: '' },
  next: [ago(-12), ago(-36), ago(-60)],
  lastSign: ago(12),
};

const healthy: WatchFacts = {
  databases: [shop],
  schedules: [daily],
  disks: [{ host: 'a', directory: '/var', free: 300, needed: 300 }],
  destinations: [{ name: 's3', host: 'a', problem: null }],
  locked: null,
  idleSince: null,
};

const keys = (facts: Partial<WatchFacts>) =>
  findTroubles({ ...healthy, ...facts }, now).map(({ key }) => key);
const ofDatabase = (changes: Partial<WatchedDatabase>) =>
  keys({ databases: [{ ...shop, ...changes }] });
const ofSchedule = (changes: Partial<WatchedSchedule>) =>
  keys({ schedules: [{ ...daily, ...changes }] });

test('nothing is wrong with a healthy system', () => {
  expect(keys({})).toEqual([]);
});

describe('of a database it is wrong', () => {
  const cases: [string, Partial<WatchedDatabase>, string[]][] = [
    ['that its newest proven backup is too old', { newestProven: ago(26.1) }, ['stale:shop']],
    ['that it has none', { newestProven: null }, ['stale:shop']],
    ['that its newest off-site copy is too old', { newestOffsite: ago(30.1) }, ['offsite:shop']],
    ['that it has no off-site copy', { newestOffsite: null }, ['offsite:shop']],
    ['that no copy was tested', { lastRestoreTest: ago(24 * 36) }, ['restoreTest:shop']],
  ];
  test.each(cases)('%s', (_, changes, expected) => {
    expect(ofDatabase(changes)).toEqual(expected);
  });

  const never = { newestProven: null, newestOffsite: null, lastRestoreTest: null };
  test.each([
    ['when it is new', { ...never, wantedSince: ago(26), offsiteSince: ago(30) }],
    ['with a first cloud destination that is new', { newestOffsite: null, offsiteSince: ago(1) }],
    ['without a cloud destination', { newestOffsite: null, offsiteSince: null }],
    [
      'without objectives',
      { ...never, objectives: { provenHours: 0, offsiteHours: 0, restoreTestDays: 0 } },
    ],
  ])('nothing %s', (_, changes) => {
    expect(ofDatabase(changes)).toEqual([]);
  });
});

describe('of a schedule it is wrong', () => {
  const workdays = [ago(-12), ago(-36), ago(-60), ago(-132)];
  const cases: [string, Partial<WatchedSchedule>, string[]][] = [
    [
      'that it began nothing for longer than a round',
      { lastSign: ago(25.1) },
      ['missed:shop/full'],
    ],
    ['that it is paused for over a day', { pausedSince: ago(24.1) }, ['paused:shop/full']],
  ];
  test.each(cases)('%s', (_, changes, expected) => {
    expect(ofSchedule(changes)).toEqual(expected);
  });

  test.each([
    ['that is a little late', { lastSign: ago(24.9) }],
    ['that rests over the weekend', { lastSign: ago(70), next: workdays }],
    ['that has a run under way', { lastSign: ago(100), running: true }],
    ['that is paused for an hour', { lastSign: ago(100), pausedSince: ago(1) }],
    ['that has no further times', { lastSign: ago(1000), next: [] }],
  ])('nothing %s', (_, changes) => {
    expect(ofSchedule(changes)).toEqual([]);
  });

  test('who paused it is told', () => {
    const schedules = [{ ...daily, pausedSince: ago(48), note: 'moving house' }];
    const [trouble] = findTroubles({ ...healthy, schedules }, now);
    expect(trouble).toMatchObject({
      database: 'shop',
      message: `schedule 'shop/full' is paused for more than a day ("moving house")`,
      hint: 'pma-backup schedules resume shop/full',
    });
  });
});

test('of the world around it is wrong what cannot be reached or has no room', () => {
  expect(keys({ schedules: { unreachable: 'no answer' } })).toEqual(['temporal:']);
  const small = [{ host: 'a', directory: '/var', free: 299, needed: 300 }];
  expect(keys({ disks: small })).toEqual(['disk:a:/var']);
  const problem = { message: 'access denied', hint: null };
  expect(keys({ destinations: [{ name: 's3', host: 'a', problem }] })).toEqual([
    'destination:s3@a',
  ]);
});

test('of what is stored it is wrong that nobody has the key for it', () => {
  const named = { key: 'the passphrase', setting: 'BACKUP_AGE_PASSPHRASE_FILE' };
  const what = { ...named, readers: ['passphrase'], backups: 3 };
  expect(keys({ locked: { ...what, since: ago(0.2) } })).toEqual(['key:']);
  expect(keys({ locked: { ...what, since: ago(0.1) } })).toEqual([]); // who has it may be starting
  expect(keys({ locked: undefined })).toEqual([]);
});

test('of the workers it is wrong that none asks for work for longer than a restart takes', () => {
  expect(keys({ idleSince: ago(0.2) })).toEqual(['worker:']);
  expect(keys({ idleSince: ago(0.1) })).toEqual([]);
  expect(keys({ idleSince: undefined })).toEqual([]);
});

describe('an open alarm', () => {
  const over = (key: string, facts: Partial<WatchFacts> = {}, lastSeenAt = ago(0.25)) =>
    findOver([{ key, lastSeenAt }], { facts: { ...healthy, ...facts }, now }).length > 0;

  test.each([
    'stale:shop',
    'stale:gone',
    'missed:shop/full',
    'paused:gone/full',
    'temporal:',
    'disk:a:/var',
    'destination:s3@a',
    'cleanup-host:a',
    'key:',
    'worker:',
  ])('%s is over when its cause is', (key) => {
    expect(over(key)).toBe(true);
  });

  test('stays while its cause does', () => {
    expect(over('stale:shop', { databases: [{ ...shop, newestProven: null }] })).toBe(false);
  });

  test('stays when nobody could look', () => {
    expect(over('missed:shop/full', { schedules: { unreachable: 'no answer' } })).toBe(false);
    expect(over('disk:b:/var')).toBe(false);
    expect(over('cleanup-host:b', {}, ago(1000))).toBe(false);
    expect(over('worker:', { idleSince: undefined })).toBe(false);
    expect(over('key:', { locked: undefined })).toBe(false);
  });

  test('of a host or destination that is gone is forgotten after a day', () => {
    expect(over('destination:s3@b', {}, ago(25))).toBe(true);
    expect(over('disk:b:/var', {}, ago(25))).toBe(true);
  });

  test('of somebody else is left alone', () => {
    expect(over('backup:shop:full', {}, ago(1000))).toBe(false);
  });
});
