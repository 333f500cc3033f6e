import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { createCloudStorage } from '../../src/storage/cloud.ts';
import { createOssRequests, type OssOptions } from '../../src/storage/oss-client.ts';
import { createOssBucket } from '../../src/storage/oss.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { removeTree } from '../../src/system/files.ts';
import { startFaultProxy, type FaultProxy } from '../harness/fault-proxy.ts';
import { startOssServer, type OssServer } from '../harness/oss-server.ts';
import { storageContract } from './storage.ts';
import { versionContract } from './versions.ts';

let server: OssServer;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await startOssServer();
  server.createBucket('bucket');
  proxy = await startFaultProxy(server.endpoint, 'localhost');
});

afterAll(async () => {
  await proxy.stop();
  await server.stop();
});

function storageIn(bucket: string, options: Partial<OssOptions> = {}): Storage {
  return createCloudStorage({
    ...{ name: 'oss', kind: 'oss', bucketName: bucket, prefix: 'backups/test' },
    limits: { partBytes: 1024 ** 2, maxParts: 10_000, parallelParts: 2, patience: 3000 },
    open: () =>
      Promise.resolve(createOssBucket(server.options(bucket, { endpoint: proxy.url, ...options }))),
  });
}

describe('the OSS storage', () => {
  storageContract(() =>
    Promise.resolve({
      storage: storageIn('bucket'),
      damage: async (key) => {
        await Promise.resolve();
        server.damage('bucket', `backups/test/${key}`);
      },
      remove: () => Promise.resolve(),
    }),
  );
});

describe('the OSS storage in a bucket with versions', () => {
  versionContract(() => {
    for (const bucket of ['versions', 'later']) server.createBucket(bucket);
    server.keepVersions('versions');
    const storage = storageIn('versions');
    const ask = createOssRequests(server.options('versions'));
    return Promise.resolve({
      ...{ storage, begunLater: storageIn('later') },
      putBefore: async (put) => {
        await put(storageIn('later'));
        server.keepVersions('later');
      },
      async hide(key) {
        await ask({ method: 'DELETE', object: `backups/test/${key}` });
      },
      versions: (which) =>
        Promise.resolve(server.versionsIn(which === 'storage' ? 'versions' : 'later').length),
    });
  });
});

test('the server that stands for OSS lets in nobody whose request is not signed, or at another time', async () => {
  server.createBucket('closed');
  const url = `${server.endpoint}/closed/a`;
  for (const headers of [{}, { authorization: 'OSS oss-test-key:AAAA' }]) {
    expect((await fetch(url, { method: 'PUT', body: 'x', headers })).status).toBe(403);
  }
  server.setClock(16 * 60_000);
  const late = storageIn('closed').putText('a', 'x');
  await expect(late).rejects.toMatchObject({ code: 'clock_skew' });
  server.setClock(0);
  expect(server.versionsIn('closed')).toEqual([]);
});

describe('an upload to OSS in parts', () => {
  const content = randomBytes(5 * 1024 ** 2 + 7);
  const sha256 = createHash('sha256').update(content).digest('hex');
  const about = { bytes: content.length, sha256 };
  let directory: string;
  let file: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'pma-oss-'));
    file = path.join(directory, 'artifact');
    await writeFile(file, content);
  });

  afterAll(() => removeTree(directory));

  const partsTaken = (key: string) =>
    proxy.served
      .filter(({ method, url, status }) => method === 'PUT' && status === 200 && url.includes(key))
      .map(({ url }) => Number(/partNumber=(\d+)/.exec(url)?.[1]));

  test('is confirmed by the CRC-64 of the whole', async () => {
    const stored = await storageIn('bucket').put(file, 'parts/a', about);
    expect(partsTaken('parts/a').sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(stored.checksum).toMatch(/^crc64:\d+$/);
    expect(await storageIn('bucket').check('parts/a', sha256)).toBe('good');
  });

  test('of an earlier attempt goes on where it was', async () => {
    const stop = new AbortController();
    const onBytes = (bytes: number) => bytes > 3 * 1024 ** 2 && stop.abort(new Error('killed'));
    const options = { ...about, onBytes, signal: stop.signal };
    const first = storageIn('bucket').put(file, 'resume/a', options);
    await expect(first).rejects.toThrow('killed');
    await vi.waitFor(() => expect(partsTaken('resume/a').length).toBeGreaterThan(2));
    await new Promise((resolve) => setTimeout(resolve, 100)); // what was under way arrives
    await storageIn('bucket').put(file, 'resume/a', about);
    const taken = partsTaken('resume/a');
    expect(taken).toHaveLength(6);
    expect(new Set(taken).size).toBe(6);
    expect(await storageIn('bucket').check('resume/a', sha256)).toBe('good');
  });

  test.each([
    ['the server is busy', { times: 3, answer: { status: 503, code: 'ServerBusy' } }],
    ['the connection is refused', { times: 3, refuse: true }],
    ['a byte is changed on the way', { times: 2, body: 'up', flipAt: 1000 }],
    ['a part is cut in the middle', { times: 2, body: 'up', cutAfter: 100_000 }],
  ] as const)('goes on when %s', async (title, fault) => {
    const key = `passing/${title.replaceAll(' ', '-')}`;
    proxy.set({ of: ({ url }) => url.includes('partNumber='), ...fault });
    await storageIn('bucket').put(file, key, about);
    proxy.set(undefined);
    expect(await storageIn('bucket').check(key, sha256)).toBe('good');
  });

  test.each([
    ['a wrong secret', 'bucket', { accessKeySecret: new Secret('wrong') }, 'storage_refused'],
    ['an unknown key', 'bucket', { accessKeyId: 'nobody' }, 'storage_refused'],
    ['another region', 'bucket', { region: 'cn-beijing' }, 'storage_refused'],
    ['a bucket that is not there', 'nowhere', {}, 'bucket_missing'],
  ] as const)('fails at once for %s', async (_, bucket, options, code) => {
    const before = proxy.served.length;
    const putting = storageIn(bucket, options).put(file, 'refused/a', about);
    await expect(putting).rejects.toMatchObject({ code });
    expect(proxy.served.length - before).toBeLessThanOrEqual(4);
  });
});
