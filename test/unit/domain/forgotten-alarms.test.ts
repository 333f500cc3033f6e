import { expect, test } from 'vitest';
import { cleanupAlarm, hostAlarm, proofAlarm, startAlarm } from '../../../src/domain/alarm.ts';
import { isOfNothingNamed } from '../../../src/domain/forgotten-alarms.ts';

const named = {
  databases: [{ name: 'shop', modules: ['core'] }],
  destinations: ['local', 's3'],
};

test.each([
  'backup:old:full',
  'backup:shop:full:gone',
  'backup-start:old',
  proofAlarm('old'),
  'check:old',
  cleanupAlarm('old'),
  'cleanup-stopped:old',
  'cleanup-refused:old',
  'copy:shop_full_20260101_000000:oss',
  'copy:catalog:oss',
])('%s is about something that is in the settings no more', (key) => {
  expect(isOfNothingNamed(key, named)).toBe(true);
});

test.each([
  'backup:shop:full',
  'backup:shop:incremental:core',
  startAlarm(undefined),
  startAlarm('shop'),
  proofAlarm('shop'),
  'check:',
  cleanupAlarm(null),
  cleanupAlarm('shop'),
  hostAlarm('old'),
  'copy:shop_full_20260101_000000:s3',
  'copy:old_full_20260101_000000:local',
  'copy:catalog:s3',
  'restore:restore/x:r',
  'stale:old',
  'disk:a:/old',
])('%s is for others to judge', (key) => {
  expect(isOfNothingNamed(key, named)).toBe(false);
});
