import { afterAll, beforeAll, describe } from 'vitest';
import { createCloudStorage } from '../../src/storage/cloud.ts';
import { createS3Bucket } from '../../src/storage/s3.ts';
import { startS3Server, type S3Server } from '../harness/s3-server.ts';
import { storageContract } from './storage.ts';

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 900_000); // it may have to be built

afterAll(() => server.stop());

const mebibyte = 1024 ** 2;

describe.each([
  { title: 'in a plain bucket', bucket: 'plain', checksums: 'crc32' },
  { title: 'in a bucket with versions', bucket: 'versions', checksums: 'crc32' },
  { title: 'of a server that knows only MD5', bucket: 'md5', checksums: 'md5' },
] as const)('the S3 storage $title', ({ bucket, checksums }) => {
  storageContract(async () => {
    await server.createBucket(bucket, { versions: bucket === 'versions' });
    const storage = createCloudStorage({
      ...{ name: 's3', kind: 's3', bucketName: bucket, prefix: 'backups/test' },
      limits: {
        partBytes: 8 * mebibyte,
        maxParts: 10_000,
        parallelParts: 2,
        patience: 2000,
      },
      open: () => Promise.resolve(createS3Bucket(server.options(bucket, { checksums }))),
    });
    return {
      storage,
      damage: (key) => server.damage(bucket, `backups/test/${key}`),
      remove: () => Promise.resolve(),
    };
  });
});
