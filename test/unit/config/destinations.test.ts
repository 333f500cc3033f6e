import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { describeSettings, loadSettings, type Environment } from '../../../src/config.ts';
import { BackupError } from '../../../src/errors.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pma-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const load = (environment: Environment = {}) => loadSettings({ environment, file: null });

function loadYaml(yaml: string, environment: Environment = {}) {
  const file = path.join(directory, 'settings.yaml');
  writeFileSync(file, yaml);
  return loadSettings({ environment, file });
}

const key = { AWS_ACCESS_KEY_ID: 'ak', AWS_SECRET_ACCESS_KEY: 'geheim' };

describe('the destination of the old names', () => {
  test('is there where its bucket is set', () => {
    expect(load(key).destinations).toEqual([]);
    const [s3, ...others] = load({ ...key, AWS_S3_BUCKET: 'b', AWS_REGION: 'r' }).destinations;
    expect(others).toEqual([]);
    expect(s3).toMatchObject({ name: 's3', type: 's3', bucket: 'b', region: 'r' });
    expect(s3).toMatchObject({ accessKeyId: 'ak', addressing: 'auto', parallelParts: 4 });
    expect(s3?.type === 's3' && s3.secretAccessKey?.reveal()).toBe('geheim');
  });

  test('needs no key: the machine may have a role', () => {
    const [s3] = load({ AWS_S3_BUCKET: 'b' }).destinations;
    expect(s3).toMatchObject({ accessKeyId: null, secretAccessKey: null });
  });
});

describe('the destination of the old names of OSS', () => {
  const oss = {
    OSS_BUCKET_NAME: 'b',
    OSS_ACCESS_KEY_ID: 'ak',
    OSS_ACCESS_KEY_SECRET: 'geheim',
  };

  test.each([
    ['oss-cn-shanghai.aliyuncs.com', 'cn-shanghai', 'https://oss-cn-shanghai.aliyuncs.com'],
    ['https://oss-cn-beijing-internal.aliyuncs.com', 'cn-beijing', undefined],
    ['http://oss-us-west-1.aliyuncs.com', 'us-west-1', undefined],
  ])('takes its region from the endpoint %s', (OSS_ENDPOINT, region, endpoint) => {
    const [found] = load({ ...oss, OSS_ENDPOINT }).destinations;
    expect(found).toMatchObject({ name: 'oss', type: 'oss', region });
    expect(found?.endpoint).toBe(endpoint ?? OSS_ENDPOINT);
  });

  test('takes its endpoint from the region', () => {
    for (const OSS_REGION of ['cn-hangzhou', 'oss-cn-hangzhou']) {
      const [found] = load({ ...oss, OSS_REGION }).destinations;
      expect(found).toMatchObject({
        ...{ region: 'cn-hangzhou', endpoint: 'https://oss-cn-hangzhou.aliyuncs.com' },
      });
    }
  });

  test.each([
    [{ OSS_ENDPOINT: 'http://localhost:9' }, `'oss.region' is missing`],
    [{ OSS_REGION: 'r', OSS_ACCESS_KEY_SECRET: '' }, `'oss.accessKeySecret' is missing`],
  ])('names what is missing', (more, message) => {
    expect(() => load({ ...oss, ...more })).toThrow(message);
  });
});

describe('further destinations', () => {
  test('are listed by name, with secrets in files', () => {
    writeFileSync(path.join(directory, 'secret'), 'geheim\n');
    const yaml = `
      destinations:
        - { name: minio, bucket: x, endpoint: 'http://10.0.0.1:9000', prefix: a/b }
        - { name: far, bucket: y, accessKeyId: k, secretAccessKeyFile: secret, maxParts: 1000 }
      `;
    const settings = loadYaml(yaml, { ...key, AWS_S3_BUCKET: 'b' });
    expect(settings.destinations.map(({ name }) => name)).toEqual(['s3', 'minio', 'far']);
    const [, minio, far] = settings.destinations;
    expect(minio).toMatchObject({ bucket: 'x', prefix: 'a/b', accessKeyId: null });
    expect(far).toMatchObject({ bucket: 'y', maxParts: 1000 });
    expect(far?.type === 's3' && far.secretAccessKey?.reveal()).toBe('geheim');
    expect(JSON.stringify([settings, describeSettings(settings)])).not.toContain('geheim');
    expect(describeSettings(settings)).toContainEqual(
      expect.objectContaining({ name: `destination 'far'`, value: `s3, bucket 'y'` }),
    );
  });

  test.each([
    [`destinations: {}`, `setting 'destinations' must be a list`],
    [`destinations: [{name: a}]`, `setting 'destinations[0].bucket' is missing`],
    [`destinations: [{bucket: b}]`, `setting 'destinations[0].name' must be small letters`],
    [`destinations: [{name: local, bucket: b}]`, `and not 'local' or 'farthest', got 'local'`],
    [`destinations: [{name: a, buckt: b}]`, `setting 'destinations[0].buckt' is unknown`],
    [
      `destinations: [{name: a, bucket: b}, {name: a, bucket: c}]`,
      `two destinations are named 'a'`,
    ],
    [
      `destinations: [{name: a, bucket: b, accessKeyId: k}]`,
      `'destinations[0].secretAccessKey' is missing`,
    ],
    [
      `destinations: [{name: a, bucket: b, endpoint: 's3.example.com'}]`,
      `'destinations[0].endpoint' must be a URL such as`,
    ],
    [
      `destinations: [{name: a, bucket: b, prefix: '../c'}]`,
      `'destinations[0].prefix' must be names`,
    ],
  ])('are refused by name when wrong: %s', (yaml, message) => {
    try {
      loadYaml(yaml);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(BackupError);
      expect((error as BackupError).message).toContain(message);
    }
  });
});

test.each([
  ['http://10.0.0.1:9000', 1],
  ['http://s3.example.com', 1],
  ['https://s3.example.com', 0],
  ['http://127.0.0.1:9000', 0],
  ['http://localhost:9000', 0],
  ['http://[::1]:9000', 0],
])('what nothing encrypts on its way is warned of: %s', (endpoint, warnings) => {
  const found = load({ AWS_S3_BUCKET: 'b', AWS_ENDPOINT_URL_S3: endpoint }).warnings;
  expect(found).toHaveLength(warnings);
});
