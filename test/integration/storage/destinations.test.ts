import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadSettings } from '../../../src/config.ts';
import { words } from '../../../src/domain/words.ts';
import { checkDestination } from '../../../src/service/doctor/destinations.ts';
import { look } from '../../../src/service/doctor/check.ts';
import { createDestinations } from '../../../src/service/destinations.ts';
import { removeTree } from '../../../src/system/files.ts';
import { startOssServer, type OssServer } from '../../harness/oss-server.ts';

let server: OssServer;
let directory: string;

beforeAll(async () => {
  server = await startOssServer();
  server.createBucket('prod-backups');
  directory = await mkdtemp(path.join(tmpdir(), 'pma-destinations-'));
});

afterAll(async () => {
  await server.stop();
  await removeTree(directory);
});

function settings() {
  const { region, accessKeyId } = server.options('prod-backups');
  const environment = {
    BACKUP_LOCATION: path.join(directory, 'backups'),
    OSS_BUCKET_NAME: 'prod-backups',
    OSS_ENDPOINT: server.endpoint,
    OSS_REGION: region,
    OSS_ACCESS_KEY_ID: accessKeyId,
    OSS_ACCESS_KEY_SECRET_FILE: path.join(directory, 'secret'),
  };
  return loadSettings({ environment, file: null });
}

const rotateTo = (secret: string) => writeFile(path.join(directory, 'secret'), secret);

test('each destination is opened by its name, and a rotated key holds from the next call on', async () => {
  const secret = server.options('prod-backups').accessKeySecret.reveal();
  await rotateTo(secret);
  const open = createDestinations(settings);
  await open('local').putText('shop/a', 'here');
  await open('oss').putText('shop/a', 'there');
  expect(await open('local').readText('shop/a')).toBe('here');
  expect(await open('oss').readText('shop/a')).toBe('there');
  expect(open('oss').uri('shop/a')).toBe('oss://prod-backups/shop/a');
  await rotateTo('of yesterday');
  await expect(open('oss').readText('shop/a')).rejects.toMatchObject({ code: 'storage_refused' });
  await rotateTo(secret);
  expect(await open('oss').readText('shop/a')).toBe('there');
  expect(() => open('s3')).toThrow(`destination 's3' is not in the settings`);
});

test('doctor says whether a bucket can be used, and what is wrong', async () => {
  const { signal } = new AbortController();
  const name = words('check.destination', { destination: 'oss' });
  const examine = () => look(name, signal, () => checkDestination(settings().destinations[0]!));
  await rotateTo(server.options('').accessKeySecret.reveal());
  expect(await examine()).toMatchObject({
    state: 'ok',
    message: `an object was written to bucket 'prod-backups', read and deleted`,
  });
  await rotateTo('of yesterday');
  const wrong = await examine();
  expect(wrong).toMatchObject({
    state: 'failed',
    ...{ code: 'storage_refused', words: { message: null, hint: null } },
    hint: expect.stringContaining('secret') as string,
  });
  expect(JSON.stringify(wrong)).not.toContain('of yesterday');
});
