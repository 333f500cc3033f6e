import { mkdir, mkdtemp, open } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateBucketCommand, PutBucketVersioningCommand, type S3Client } from '@aws-sdk/client-s3';
import { Secret } from '../../src/secret.ts';
import type { S3Options } from '../../src/storage/s3-client.ts';
import { createS3Client } from '../../src/storage/s3-client.ts';
import { removeTree } from '../../src/system/files.ts';
import { startServerProcess } from '../../src/system/server-process.ts';
import { goProgram } from './go-program.ts';

export const versitygw = { module: 'github.com/versity/versitygw/cmd/versitygw', version: '1.8.0' };

/** A real S3 server on loopback whose objects are plain files: signatures, checksums, versions and locks are checked. */
export interface S3Server {
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly client: S3Client;
  /** Makes a bucket; a locked one keeps versions. */
  createBucket(name: string, options?: { versions?: boolean; locks?: boolean }): Promise<void>;
  /** From now on. */
  keepVersions(bucket: string): Promise<void>;
  /** How our own destination reaches it. */
  options(bucket: string, other?: Partial<S3Options>): S3Options;
  /** Changes one byte of a stored object, as a bad disk would. */
  damage(bucket: string, key: string): Promise<void>;
  stop(): Promise<void>;
}

const accessKeyId = 'testak';
const secretAccessKey = 'test-secret-of-s3';

/** Starts one for a test file; the first time ever it is built, which takes minutes. */
export async function startS3Server(): Promise<S3Server> {
  const program = await goProgram(versitygw.module, versitygw.version);
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-s3-'));
  const [data, versions] = ['data', 'versions'].map((name) => path.join(directory, name));
  for (const each of [data!, versions!]) await mkdir(each);
  const port = await freePort();
  const server = startServerProcess({
    program,
    args: ['--port', `127.0.0.1:${port}`, '--quiet', 'posix', '--versioning-dir', versions!, data!],
    user: null,
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    logFile: path.join(directory, 'server.log'),
    deathSignal: 'TERM',
  });
  const endpoint = `http://127.0.0.1:${port}`;
  await untilAnswering(endpoint, () => server.ending());
  const options: S3Server['options'] = (bucket, other) => ({
    ...{ name: 's3', bucket, region: null, endpoint, pathStyle: null, checksums: 'crc32' },
    credentials: { accessKeyId, secretAccessKey: new Secret(secretAccessKey), sessionToken: null },
    ...{ storageClass: null, encryption: null, kmsKeyId: null, lock: null, bytesPerSecond: null },
    ...other,
  });
  const client = createS3Client(options(''), 'sending');
  return {
    ...{ endpoint, accessKeyId, secretAccessKey, client, options },
    createBucket: (name, about = {}) => createBucket(client, name, about),
    keepVersions: (bucket) => keepVersions(client, bucket),
    damage: (bucket, key) => flipByte(path.join(data!, bucket, key)),
    async stop() {
      client.destroy();
      await server.end([
        ['SIGTERM', 5],
        ['SIGKILL', 5],
      ]);
      await removeTree(directory);
    },
  };
}

/** Changes the byte in the middle of a file. */
export async function flipByte(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const at = Math.floor((await handle.stat()).size / 2);
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
  await handle.write(Buffer.from([(buffer[0] ?? 0) ^ 1]), 0, 1, at);
  await handle.close();
}

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function createBucket(
  client: S3Client,
  Bucket: string,
  { versions = false, locks = false }: { versions?: boolean; locks?: boolean },
): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: locks }));
  if (versions || locks) await keepVersions(client, Bucket);
}

async function keepVersions(client: S3Client, Bucket: string): Promise<void> {
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
}

async function untilAnswering(endpoint: string, ending: () => string | undefined): Promise<void> {
  for (let tries = 0; tries < 600 && ending() === undefined; tries++) {
    const answer = await fetch(endpoint).catch(() => undefined);
    if (answer) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the S3 server did not start: ${ending() ?? 'no answer'}`);
}
