import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cloudDestinations, loadSettings, retentionRules } from '../../../src/config.ts';
import type { Environment } from '../../../src/config.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pma-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const load = (environment: Environment = {}) => loadSettings({ environment, file: null });

test('keeps 30 days here and for ever in the cloud, if nothing is said', () => {
  const { local, cloud } = retentionRules(load());
  expect(local).toMatchObject({ keepDays: 30, keepLast: 0, keepYearly: 0 });
  expect(cloud).toMatchObject({ keepDays: 0, keepLast: 0, keepYearly: 0 });
});

test('a cloud destination is there where its bucket is set', () => {
  expect(cloudDestinations(load())).toEqual([]);
  const oss = { OSS_ACCESS_KEY_ID: 'k', OSS_ACCESS_KEY_SECRET: 's', OSS_REGION: 'cn-hangzhou' };
  const buckets = { AWS_S3_BUCKET: 'b', OSS_BUCKET_NAME: 'c', ...oss };
  expect(cloudDestinations(load(buckets))).toEqual(['s3', 'oss']);
});

test('is said for each kind of place, for all databases and anew for one', () => {
  const file = path.join(directory, 'settings.yaml');
  writeFileSync(
    file,
    `
    retentionDays: 7
    retention: { local: { weekly: 4 }, cloud: { days: 90, monthly: 12 } }
    databases:
      - { name: a, url: 'postgres://db/a' }
      - name: b
        url: postgres://db/b
        retentionDays: 3
        retention: { local: { weekly: 0 }, cloud: { last: 5 } }
    `,
  );
  const [a, b] = loadSettings({ environment: {}, file }).databases.map(retentionRules);
  expect(a?.local).toMatchObject({ keepDays: 7, keepWeekly: 4 });
  expect(a?.cloud).toMatchObject({ keepDays: 90, keepMonthly: 12, keepLast: 0 });
  expect(b?.local).toMatchObject({ keepDays: 3, keepWeekly: 0 });
  expect(b?.cloud).toMatchObject({ keepDays: 90, keepMonthly: 12, keepLast: 5 });
});

test('warns of counts that change nothing', () => {
  const text = `the counts of 'retention.cloud' change nothing`;
  expect(load({ BACKUP_CLOUD_KEEP_LAST: '3' }).warnings.join()).toContain(text);
  const days = { BACKUP_CLOUD_KEEP_LAST: '3', BACKUP_CLOUD_RETENTION_DAYS: '9' };
  expect(load(days).warnings).toEqual([]);
});
