import { expect, test } from 'vitest';
import { schedulesFor, type ScheduledDatabase } from '../../../src/domain/schedule.ts';

const shop: ScheduledDatabase = {
  name: 'shop',
  schedule: '00:00',
  schedules: {
    incremental: '06:00, 12:00, 18:00',
    cleanup: 'Sunday 02:00',
    integrityCheck: 'Saturday 04:00',
    restoreTest: 'day 1 05:00',
    others: {},
    jitterSeconds: 60,
  },
  modules: { dictionaries: ['public.dict_*'] },
};

const ids = (database: ScheduledDatabase) => schedulesFor(database, 'UTC').map(({ id }) => id);

test('a database has the schedules of the workflows that are there', () => {
  expect(schedulesFor(shop, 'Asia/Shanghai')).toEqual([
    {
      id: 'pma-backup/shop/full',
      workflowType: 'backup',
      workflowId: 'backup/shop/full',
      input: { database: 'shop', kind: 'full' },
      summary: 'full backup of shop',
      when: { times: [{ hour: 0, minute: 0 }] },
      timeZone: 'Asia/Shanghai',
      overlap: 'buffer-one',
      catchUpHours: 12,
      jitterSeconds: 60,
    },
    expect.objectContaining({
      id: 'pma-backup/shop/incremental',
      workflowType: 'backup',
      input: { database: 'shop', kind: 'incremental' },
      overlap: 'skip',
      catchUpHours: 3,
    }),
    expect.objectContaining({
      id: 'pma-backup/shop/cleanup',
      workflowType: 'cleanup',
      input: { database: 'shop' },
      when: { times: [{ hour: 2, minute: 0 }], weekday: 0 },
    }),
    expect.objectContaining({
      id: 'pma-backup/shop/integrityCheck',
      workflowType: 'integrityCheck',
      input: { database: 'shop' },
      overlap: 'skip',
      catchUpHours: 72,
    }),
    expect.objectContaining({
      id: 'pma-backup/shop/restoreTest',
      input: { database: 'shop', destination: 'farthest' },
      when: { times: [{ hour: 5, minute: 0 }], day: 1 },
      catchUpHours: 168,
    }),
  ]);
});

test('what is off has no schedule', () => {
  const none = { incremental: 'off', cleanup: 'off', integrityCheck: 'off', restoreTest: 'off' };
  const quiet = { ...shop.schedules, ...none };
  expect(ids({ ...shop, schedule: 'off', schedules: quiet })).toEqual([]);
});

test('kinds and modules have schedules of their own, where the database has that module', () => {
  const others = {
    schema_only: '12:00',
    dictionaries: 'Sunday 05:00',
    'incremental/dictionaries': '07:00',
    affiliations: '07:00',
  };
  const made = schedulesFor({ ...shop, schedules: { ...shop.schedules, others } }, 'UTC');
  expect(made.map(({ id, workflowId, input }) => [id, workflowId, input]).slice(2, 5)).toEqual([
    [
      'pma-backup/shop/schema_only',
      'backup/shop/schema_only',
      { database: 'shop', kind: 'schema_only' },
    ],
    [
      'pma-backup/shop/full/dictionaries',
      'backup/shop/full/dictionaries',
      { database: 'shop', kind: 'full', module: 'dictionaries' },
    ],
    [
      'pma-backup/shop/incremental/dictionaries',
      'backup/shop/incremental/dictionaries',
      { database: 'shop', kind: 'incremental', module: 'dictionaries' },
    ],
  ]);
  expect(made[4]).toMatchObject({ overlap: 'skip', catchUpHours: 3 });
  expect(made).toHaveLength(8);
});
