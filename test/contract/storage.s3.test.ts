import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createCloudStorage } from '../../src/storage/cloud.ts';
import type { S3Options } from '../../src/storage/s3-client.ts';
import { createS3Bucket } from '../../src/storage/s3.ts';
import type { Storage } from '../../src/storage/storage.ts';
import { startFaultProxy } from '../harness/fault-proxy.ts';
import { startS3Server, type S3Server } from '../harness/s3-server.ts';
import { storageContract } from './storage.ts';
import { versionContract } from './versions.ts';

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 900_000); // it may have to be built

afterAll(() => server.stop());

function storageIn(bucket: string, options: Partial<S3Options> = {}): Storage {
  return createCloudStorage({
    ...{ name: 's3', kind: 's3', bucketName: bucket, prefix: 'backups/test' },
    limits: { partBytes: 5 * mebibyte, maxParts: 10_000, parallelParts: 2, patience: 2000 },
    open: () => Promise.resolve(createS3Bucket(server.options(bucket, options))),
  });
}

async function versionsIn(Bucket: string): Promise<number> {
  const page = await server.client.send(new ListObjectVersionsCommand({ Bucket }));
  return (page.Versions ?? []).length + (page.DeleteMarkers ?? []).length;
}

const mebibyte = 1024 ** 2;

describe.each([
  { title: 'in a plain bucket', bucket: 'plain', checksums: 'crc32' },
  { title: 'in a bucket with versions', bucket: 'versions', checksums: 'crc32' },
  { title: 'of a server that knows only MD5', bucket: 'md5', checksums: 'md5' },
] as const)('the S3 storage $title', ({ bucket, checksums }) => {
  storageContract(async () => {
    await server.createBucket(bucket, { versions: bucket === 'versions' });
    return {
      storage: storageIn(bucket, { checksums }),
      damage: (key) => server.damage(bucket, `backups/test/${key}`),
      remove: () => Promise.resolve(),
    };
  });
});

describe('the S3 storage in a bucket with versions', () => {
  versionContract(async () => {
    await server.createBucket('kept', { versions: true });
    await server.createBucket('later');
    return {
      ...{ storage: storageIn('kept'), begunLater: storageIn('later') },
      async putBefore(put) {
        await put(storageIn('later'));
        await server.keepVersions('later');
      },
      async hide(key) {
        const hidden = { Bucket: 'kept', Key: `backups/test/${key}` };
        await server.client.send(new DeleteObjectCommand(hidden));
      },
      versions: (which) => versionsIn(which === 'storage' ? 'kept' : 'later'),
    };
  });
});

describe('deleting in a bucket that keeps versions', () => {
  test('deletes all of them, so that nothing is left to pay for', async () => {
    await server.createBucket('many', { versions: true });
    const storage = storageIn('many');
    const first = await storage.putText('shop/a', '1');
    const second = await storage.putText('shop/a', '2');
    expect(first.versionId).toBeDefined();
    expect(second.versionId).not.toBe(first.versionId);
    expect(await versionsIn('many')).toBe(2);
    expect(await storage.delete('shop/a')).toEqual({ state: 'deleted' });
    expect(await versionsIn('many')).toBe(0);
  });

  test('leaves what a lock keeps, and says until when', async () => {
    await server.createBucket('locked', { locks: true });
    const storage = storageIn('locked', { lock: { mode: 'compliance', days: 3 } });
    await storage.putText('shop/a', '1');
    const result = await storage.delete('shop/a');
    expect(result).toMatchObject({ state: 'locked' });
    const until = result.state === 'locked' ? result.until : null;
    const days = ((until?.getTime() ?? 0) - Date.now()) / (24 * 3600 * 1000);
    expect(days).toBeGreaterThan(2.99);
    expect(days).toBeLessThan(3.01);
    expect(await storage.readText('shop/a')).toBe('1');
    expect(await storage.lock('shop/a')).toEqual({ until });
  });

  test('deletes no version while a lock keeps another one, as long as the longest of them', async () => {
    await server.createBucket('twice', { locks: true });
    const locking = (days: number) => storageIn('twice', { lock: { mode: 'governance', days } });
    await locking(2).putText('shop/a', '1');
    await locking(9).putText('shop/a', '2');
    await storageIn('twice').putText('shop/a', '3');
    const result = await storageIn('twice').delete('shop/a');
    const until = result.state === 'locked' ? result.until : null;
    expect(((until?.getTime() ?? 0) - Date.now()) / (24 * 3600 * 1000)).toBeCloseTo(9, 2);
    expect(await storageIn('twice').readText('shop/a')).toBe('3');
    expect(await versionsIn('twice')).toBe(3);
  });

  test.each([
    ['is busy', { answer: { status: 503, code: 'SlowDown' } }],
    ['cuts the connection', { refuse: true }],
  ])('asks for locks again when the server %s for a moment', async (_, fault) => {
    const bucket = 'answer' in fault ? 'busy' : 'cut';
    await server.createBucket(bucket, { locks: true });
    const proxy = await startFaultProxy(server.endpoint);
    try {
      const lock = { mode: 'compliance', days: 3 } as const;
      const storage = storageIn(bucket, { lock, endpoint: proxy.url });
      await storage.putText('shop/a', '1');
      proxy.set({ of: ({ method }) => method === 'HEAD', times: 1, ...fault });
      expect((await storage.lock('shop/a'))?.until).toBeInstanceOf(Date);
    } finally {
      await proxy.stop();
    }
  });
});
