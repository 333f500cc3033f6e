import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { loadSettings } from '../../../src/config.ts';
import { createDestinations } from '../../../src/service/destinations.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { removeTree } from '../../../src/system/files.ts';
import { runProgram } from '../../../src/system/program.ts';
import { startFaultProxy, type FaultProxy, type Served } from '../../harness/fault-proxy.ts';
import { startOssServer, type OssServer } from '../../harness/oss-server.ts';
import { startS3Server, type S3Server } from '../../harness/s3-server.ts';

const content = randomBytes(6_000_000);
const about = {
  bytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
};

let s3: S3Server;
let oss: OssServer;
let toS3: FaultProxy;
let toOss: FaultProxy;
let directory: string;
let file: string;

beforeAll(async () => {
  [s3, oss] = [await startS3Server(), await startOssServer()];
  await s3.createBucket('bucket', { locks: true });
  oss.createBucket('bucket');
  toS3 = await startFaultProxy(s3.endpoint);
  toOss = await startFaultProxy(oss.endpoint, 'localhost');
  directory = await mkdtemp(path.join(tmpdir(), 'pma-requests-'));
  file = path.join(directory, 'artifact');
  await writeFile(file, content);
}, 900_000); // the server may have to be built

afterAll(async () => {
  await toS3.stop();
  await toOss.stop();
  await s3.stop();
  await oss.stop();
  await removeTree(directory);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** The destination `name` as these environment variables make it. */
function destination(name: 's3' | 'oss', more: Record<string, string>): Storage {
  const environment = {
    ...(name === 's3' ? s3Variables() : ossVariables()),
    ...{ BACKUP_S3_PART_MEBIBYTES: '5', BACKUP_OSS_PART_MEBIBYTES: '5' },
    ...more,
  };
  return createDestinations(() => loadSettings({ environment, file: null }), 1000)(name);
}

const s3Variables = () => ({
  AWS_S3_BUCKET: 'bucket',
  AWS_ENDPOINT_URL_S3: toS3.url,
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
});

function ossVariables() {
  const { region, accessKeyId, accessKeySecret } = oss.options('bucket');
  return {
    ...{ OSS_BUCKET_NAME: 'bucket', OSS_ENDPOINT: toOss.url, OSS_REGION: region },
    ...{ OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret.reveal() },
  };
}

/** What was said with the text, and when the upload in parts began; a server that knows no such thing may refuse. */
async function storing(proxy: FaultProxy, storage: Storage): Promise<Served[]> {
  const before = proxy.served.length;
  await storage.putText('kept/text', 'a').catch(() => undefined);
  await storage.put(file, `kept/parts-${before}`, about).catch(() => undefined);
  const requests = proxy.served.slice(before);
  const text = requests.find(({ method, url }) => method === 'PUT' && url.includes('kept/text'));
  const begin = requests.find(({ method, url }) => method === 'POST' && url.includes('uploads'));
  expect([text, begin]).not.toContain(undefined);
  return [text!, begin!];
}

describe('how an object is to be kept is said with every object', () => {
  test.each([
    [{ BACKUP_S3_STORAGE_CLASS: 'STANDARD_IA' }, { 'x-amz-storage-class': 'STANDARD_IA' }],
    [{ BACKUP_S3_ENCRYPTION: 'AES256' }, { 'x-amz-server-side-encryption': 'AES256' }],
    [
      { BACKUP_S3_ENCRYPTION: 'aws:kms', BACKUP_S3_KMS_KEY_ID: 'key-1' },
      {
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': 'key-1',
      },
    ],
    [{ BACKUP_S3_LOCK: 'governance' }, { 'x-amz-object-lock-mode': 'GOVERNANCE' }],
  ])('in S3: %j', async (variables, headers) => {
    for (const request of await storing(toS3, destination('s3', variables))) {
      expect(request.headers).toMatchObject(headers);
    }
  });

  test.each([
    [{ BACKUP_OSS_STORAGE_CLASS: 'IA' }, { 'x-oss-storage-class': 'IA' }],
    [{ BACKUP_OSS_ENCRYPTION: 'AES256' }, { 'x-oss-server-side-encryption': 'AES256' }],
    [
      { BACKUP_OSS_ENCRYPTION: 'KMS', BACKUP_OSS_KMS_KEY_ID: 'key-1' },
      { 'x-oss-server-side-encryption': 'KMS', 'x-oss-server-side-encryption-key-id': 'key-1' },
    ],
  ])('in OSS: %j', async (variables, headers) => {
    for (const request of await storing(toOss, destination('oss', variables))) {
      expect(request.headers).toMatchObject(headers);
      expect(request.status).toBe(200); // they were signed, too
    }
  });

  test('and nothing where nothing is set: it is as the bucket says', async () => {
    const said = [
      ...(await storing(toS3, destination('s3', {}))),
      ...(await storing(toOss, destination('oss', {}))),
    ];
    const names = said.flatMap(({ headers }) => Object.keys(headers));
    expect(names.filter((name) => /storage-class|encryption|lock|token/.test(name))).toEqual([]);
  });
});

test('temporary credentials are sent with their token', async () => {
  const s3Storage = destination('s3', { AWS_SESSION_TOKEN: 'of-an-hour' });
  await expect(s3Storage.readText('token/a')).rejects.toThrow(); // the server knows none of its own
  expect(toS3.served.at(-1)?.headers).toMatchObject({ 'x-amz-security-token': 'of-an-hour' });
  await destination('oss', { OSS_SECURITY_TOKEN: 'of-an-hour' }).putText('token/a', 'a');
  const oss = { headers: { 'x-oss-security-token': 'of-an-hour' }, status: 200 };
  expect(toOss.served.at(-1)).toMatchObject(oss);
});

test('without a key, that of the role of the container is used', async () => {
  const role = await listening(
    createServer((_, response) => {
      const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = s3;
      const Expiration = new Date(Date.now() + 3_600_000).toISOString();
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ AccessKeyId, SecretAccessKey, Token: '', Expiration }));
    }),
  );
  const none = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' };
  for (const name of Object.keys(none)) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONTAINER_CREDENTIALS_FULL_URI', `http://127.0.0.1:${role.port}/role`);
  const storage = destination('s3', none);
  await storage.putText('role/a', 'a');
  expect(await storage.readText('role/a')).toBe('a');
  await role.stop();
});

test('a clock that is 20 minutes off is told by OSS, at once and with a hint', async () => {
  oss.setClock(20 * 60_000);
  const before = toOss.served.length;
  const hint = expect.stringContaining('clock') as string;
  const putting = destination('oss', {}).putText('clock/a', 'a');
  await expect(putting).rejects.toMatchObject({ code: 'clock_skew', hint });
  expect(toOss.served.length - before).toBe(1);
  oss.setClock(0);
});

test('a server whose certificate nobody vouches for gets neither key nor backup', async () => {
  const [key, certificate] = [path.join(directory, 'tls.key'), path.join(directory, 'tls.crt')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'];
  await runProgram('openssl', [...request, '-keyout', key, '-out', certificate]);
  const asked: string[] = [];
  const options = { key: await readFile(key), cert: await readFile(certificate) };
  const impostor = await listening(createTlsServer(options, ({ url }) => asked.push(url ?? '')));
  const url = `https://localhost:${impostor.port}`;
  const untrusted = {
    code: 'storage_refused',
    message: expect.stringContaining('a certificate that is not trusted') as string,
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS') as string,
  };
  const toImpostor = [
    destination('s3', { AWS_ENDPOINT_URL_S3: url }),
    destination('oss', { OSS_ENDPOINT: url }),
  ];
  for (const storage of toImpostor) {
    await expect(storage.putText('tls/a', 'a')).rejects.toMatchObject(untrusted);
  }
  expect(asked).toEqual([]);
  await impostor.stop();
});

async function listening(server: Server) {
  server.listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
