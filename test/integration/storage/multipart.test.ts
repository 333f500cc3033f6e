import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createCloudStorage } from '../../../src/storage/cloud.ts';
import { partBytesFor } from '../../../src/storage/multipart.ts';
import { createS3Bucket } from '../../../src/storage/s3.ts';
import type { S3Options } from '../../../src/storage/s3-client.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { Secret } from '../../../src/secret.ts';
import { removeTree } from '../../../src/system/files.ts';
import { startFaultProxy, type FaultProxy } from '../../harness/fault-proxy.ts';
import { startS3Server, type S3Server } from '../../harness/s3-server.ts';

const mebibyte = 1024 ** 2;
const content = randomBytes(23 * mebibyte + 5);
const about = {
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

let server: S3Server;
let proxy: FaultProxy;
let directory: string;
let file: string;

beforeAll(async () => {
  server = await startS3Server();
  for (const name of ['bucket', 'second']) await server.createBucket(name);
  proxy = await startFaultProxy(server.endpoint);
  directory = await mkdtemp(path.join(tmpdir(), 'pma-multipart-'));
  file = path.join(directory, 'artifact');
  await writeFile(file, content);
}, 900_000); // the server may have to be built

afterAll(async () => {
  await proxy.stop();
  await server.stop();
  await removeTree(directory);
});

beforeEach(() => {
  proxy.set(undefined);
});
afterEach(() => {
  vi.useRealTimers();
});

function storage(options: Partial<S3Options> = {}, patience = 30_000): Storage {
  const bucket = options.bucket ?? 'bucket';
  const limits = { partBytes: 5 * mebibyte, maxParts: 10_000, parallelParts: 2, patience };
  return createCloudStorage({
    ...{ name: 's3', kind: 's3', bucketName: bucket, prefix: '', limits },
    open: () =>
      Promise.resolve(createS3Bucket(server.options(bucket, { endpoint: proxy.url, ...options }))),
  });
}

/** The parts that the server has taken, by their numbers, in the order in which it did. */
function partsTaken(key: string, { served }: Pick<FaultProxy, 'served'> = proxy): number[] {
  return served
    .filter(({ method, url, status }) => method === 'PUT' && status === 200 && url.includes(key))
    .map(({ url }) => Number(/partNumber=(\d+)/.exec(url)?.[1]));
}

const isPart = ({ url }: { url: string }) => url.includes('partNumber=');

describe('an upload in parts', () => {
  test('is whole, each part was sent once, and the server confirms size and checksum', async () => {
    const seen: number[] = [];
    const onBytes = (bytes: number) => seen.push(bytes);
    const stored = await storage().put(file, 'parts/a', { ...about, onBytes });
    expect(partsTaken('parts/a').sort()).toEqual([1, 2, 3, 4, 5]);
    expect(stored).toMatchObject({ bytes: content.length });
    expect(stored.checksum).toMatch(/^crc32:/);
    expect(await storage().check('parts/a', about.sha256)).toBe('good');
    expect(seen.at(-1)).toBe(content.length);
  });

  test('is not sent again when it is there, unless it is to be replaced', async () => {
    await storage().put(file, 'there/a', about);
    await storage().put(file, 'there/a', about);
    expect(partsTaken('there/a')).toHaveLength(5);
    await server.damage('bucket', 'there/a');
    await storage().put(file, 'there/a', { ...about, replace: true });
    expect(partsTaken('there/a')).toHaveLength(10);
    expect(await storage().check('there/a', about.sha256)).toBe('good');
  });

  test('of an earlier attempt goes on where it was', async () => {
    const stop = new AbortController();
    const onBytes = (bytes: number) => bytes > 10 * mebibyte && stop.abort(new Error('killed'));
    const first = storage().put(file, 'resume/a', { ...about, onBytes, signal: stop.signal });
    await expect(first).rejects.toThrow('killed');
    const before = partsTaken('resume/a');
    expect(before.length).toBeLessThan(5);
    expect(await storage().head('resume/a')).toBeUndefined();
    await storage().put(file, 'resume/a', about);
    const taken = partsTaken('resume/a');
    expect(new Set(taken).size).toBe(taken.length);
    expect(await storage().check('resume/a', about.sha256)).toBe('good');
  });

  test('of other bytes under the same key is not mixed with ours', async () => {
    const other = path.join(directory, 'other');
    // The same first part: only behind it they differ.
    const bytes = Buffer.concat([content.subarray(0, 5 * mebibyte), randomBytes(8 * mebibyte)]);
    await writeFile(other, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const stop = new AbortController();
    const onBytes = () => stop.abort(new Error('killed'));
    const options = { bytes: bytes.length, sha256, onBytes, signal: stop.signal };
    await expect(storage().put(other, 'mixed/a', options)).rejects.toThrow('killed');
    await storage().put(file, 'mixed/a', about);
    expect(await storage().check('mixed/a', about.sha256)).toBe('good');
    expect(await storage().glance('mixed/a', about)).toBe('good');
  });

  test('of a file that is not what its checksum says leaves nothing', async () => {
    const wrong = { ...about, sha256: '0'.repeat(64) };
    const putting = storage().put(file, 'wrong/a', wrong);
    await expect(putting).rejects.toMatchObject({ code: 'artifact_corrupted' });
    expect(await storage().head('wrong/a')).toBeUndefined();
    expect(await storage().discardUnfinished('wrong/', new Date(Date.now() + 60_000))).toBe(0);
  });

  test('that was given up is discarded by the clean-up, and no younger one', async () => {
    const stop = new AbortController();
    const onBytes = () => stop.abort(new Error('killed'));
    const options = { ...about, onBytes, signal: stop.signal };
    await expect(storage().put(file, 'given-up/a', options)).rejects.toThrow('killed');
    expect(await storage().discardUnfinished('given-up/', new Date(0))).toBe(0);
    expect(await storage().discardUnfinished('given-up/', new Date(Date.now() + 60_000))).toBe(1);
    expect(await storage().discardUnfinished('given-up/', new Date(Date.now() + 60_000))).toBe(0);
  });

  test('has parts that grow with the file, so that there are never too many', () => {
    const limits = { partBytes: 16 * mebibyte, maxParts: 10_000, parallelParts: 4, patience: 0 };
    expect(partBytesFor(1, limits)).toBe(16 * mebibyte);
    const terabytes = 5 * 1024 ** 4;
    expect(Math.ceil(terabytes / partBytesFor(terabytes, limits))).toBeLessThanOrEqual(10_000);
    const few = { ...limits, maxParts: 1000 };
    expect(Math.ceil(100e9 / partBytesFor(100e9, few))).toBeLessThanOrEqual(1000);
  });

  test('goes no faster than the bandwidth that is set', async () => {
    const started = Date.now();
    await storage({ name: 'slow', bytesPerSecond: 10 * mebibyte }).put(file, 'slow/a', about);
    const seconds = (Date.now() - started) / 1000;
    expect(seconds).toBeGreaterThan(2.2);
    expect(seconds).toBeLessThan(8);
    expect(await storage().check('slow/a', about.sha256)).toBe('good');
  });
});

describe('what passes by itself does not end an upload', () => {
  test.each([
    [
      'the server asks to slow down',
      { of: isPart, times: 3, answer: { status: 503, code: 'SlowDown' } },
    ],
    ['the server fails', { of: isPart, times: 3, answer: { status: 500, code: 'InternalError' } }],
    ['the connection is refused', { times: 4, refuse: true }],
    ['a part is cut in the middle', { of: isPart, times: 2, body: 'up', cutAfter: 2_000_000 }],
    ['an answer is cut in the middle', { of: isPart, times: 2, body: 'down', cutAfter: 10 }],
    ['a byte is changed on the way', { of: isPart, times: 2, body: 'up', flipAt: 1_000_000 }],
  ] as const)('%s', async (title, fault) => {
    const key = `passing/${title.replaceAll(' ', '-')}`;
    proxy.set(fault);
    await storage().put(file, key, about);
    proxy.set(undefined);
    expect(await storage().check(key, about.sha256)).toBe('good');
  });

  test('for 20 s the connection is cut, or the server asks to slow down, in the middle of an upload', async () => {
    const faults = [{ refuse: true }, { answer: { status: 503, code: 'SlowDown' } }];
    await Promise.all(
      faults.map(async (fault, index) => {
        const own = await startFaultProxy(server.endpoint);
        const key = `away/${index}`;
        let since = 0;
        const putting = storage({ endpoint: own.url }, 60_000).put(file, key, {
          ...about,
          onBytes: (bytes) => {
            if (since > 0 || bytes < 6 * mebibyte) return;
            since = Date.now();
            own.set(fault);
            setTimeout(() => own.set(undefined), 20_000);
          },
        });
        await putting;
        expect(Date.now() - since).toBeGreaterThan(20_000);
        const taken = partsTaken(key, own);
        expect(new Set(taken).size).toBe(taken.length);
        // Once in a while, not in a storm: at most every second or so for each part under way.
        const refused = own.served.filter(({ status }) => status === 0 || status === 503);
        expect(refused.length).toBeLessThan(60);
        expect(await storage().check(key, about.sha256)).toBe('good');
        await own.stop();
      }),
    );
  }, 60_000);

  test('our clock is wrong: it is corrected by the server', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 20 * 60_000 });
    await storage().put(file, 'clock/a', about);
    expect(partsTaken('clock/a')).toHaveLength(5);
  });

  test('the answer to the completion is lost', async () => {
    const of = ({ method, url }: { method: string; url: string }) =>
      method === 'POST' && url.includes('uploadId=');
    proxy.set({ of, times: 1, body: 'down', cutAfter: 0 });
    await storage().put(file, 'lost/a', about);
    expect(partsTaken('lost/a')).toHaveLength(5);
  });

  test('a download that is cut goes on where it was', async () => {
    await storage().put(file, 'download/a', about);
    const of = ({ method }: { method: string }) => method === 'GET';
    proxy.set({ of, times: 2, body: 'down', cutAfter: 4_000_000 });
    const target = path.join(directory, 'fetched');
    await storage().fetch('download/a', target);
    proxy.set(undefined);
    expect(await storage().check('download/a', about.sha256)).toBe('good');
    const stored = await storage().put(target, 'download/b', about);
    expect(stored.bytes).toBe(content.length);
  });
});

describe('what does not pass by itself fails at once, with a hint', () => {
  async function failing(options: Partial<S3Options>): Promise<unknown> {
    const before = proxy.served.length;
    const error: unknown = await storage(options)
      .put(file, 'refused/a', about)
      .catch((thrown: unknown) => thrown);
    // No storm of retries: the question, what is wrong with it, the listing, the beginning.
    expect(proxy.served.length - before).toBeLessThanOrEqual(4);
    return error;
  }

  const credentials = (accessKeyId: string, secret: string) => ({
    credentials: { accessKeyId, secretAccessKey: new Secret(secret), sessionToken: null },
  });

  test('a wrong secret', async () => {
    const error = await failing(credentials('testak', 'wrong-secret'));
    expect(error).toMatchObject({
      code: 'storage_refused',
      hint: expect.stringContaining('secret') as string,
    });
    expect(JSON.stringify(error) + String(error)).not.toContain('wrong-secret');
  });

  test('an unknown access key', async () => {
    const error = await failing(credentials('nobody', 'x'));
    expect(error).toMatchObject({ code: 'storage_refused' });
  });

  test('a bucket that is not there', async () => {
    expect(await failing({ bucket: 'nowhere' })).toMatchObject({
      code: 'bucket_missing',
      hint: expect.stringContaining('nowhere') as string,
    });
  });

  test('a quota that is used up', async () => {
    const of = ({ method }: { method: string }) => method !== 'HEAD' && method !== 'GET';
    proxy.set({ of, answer: { status: 403, code: 'QuotaExceeded' } });
    const putting = storage().put(file, 'full/a', about);
    await expect(putting).rejects.toMatchObject({ code: 'storage_full' });
  });

  test('a server that is away for longer than our patience', async () => {
    proxy.set({ refuse: true });
    const putting = storage({}, 500).put(file, 'away/b', about);
    await expect(putting).rejects.toMatchObject({ code: 'storage_unreachable' });
  });
});
