import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { DeleteObjectCommand, ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkCopy } from '../../../activities/check.ts';
import { finishDelete } from '../../../activities/delete-copy.ts';
import type { Dependencies } from '../../../activities/dependencies.ts';
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts';
import { loadSettings, type Settings } from '../../../src/config.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import { storedText } from '../../../src/domain/stored-text.ts';
import { createDestinations } from '../../../src/service/destinations.ts';
import { openDownload } from '../../../src/service/download.ts';
import { rebuildCatalog } from '../../../src/service/rebuild-catalog.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { removeTree } from '../../../src/system/files.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { startS3Server, type S3Server } from '../../harness/s3-server.ts';

const bucket = 'kept';
let server: S3Server;
let database: TestDatabase;
let catalog: Catalog;
let directory: string;
let settings: Settings;
let deps: Dependencies;
let hour = 0;

beforeAll(async () => {
  server = await startS3Server();
  await server.createBucket(bucket, { locks: true });
  database = await createTestDatabase('versions');
  catalog = await openCatalog(database.connection);
  directory = await mkdtemp(path.join(tmpdir(), 'pma-versions-'));
  settings = settingsWith({});
  deps = { catalog, storage: createDestinations(() => settings) } as unknown as Dependencies;
}, 900_000); // the server may have to be built

afterAll(async () => {
  await catalog.close();
  await database.drop();
  await server.stop();
  await removeTree(directory);
});

function settingsWith(environment: Record<string, string>): Settings {
  return loadSettings({
    environment: {
      BACKUP_LOCATION: path.join(directory, 'backups'),
      BACKUP_STATE_DIRECTORY: path.join(directory, 'state'),
      AWS_S3_BUCKET: bucket,
      AWS_ENDPOINT_URL_S3: server.endpoint,
      AWS_ACCESS_KEY_ID: server.accessKeyId,
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      ...environment,
    },
    file: null,
  });
}

/** A backup of a few bytes in the bucket, with its manifest, as a run stores it. */
async function store(storage: Storage = deps.storage('s3')): Promise<{ id: string; key: string }> {
  const time = new Date(Date.UTC(2026, 0, 1, hour++));
  const id = await catalog.startBackup({
    ...{ name: { database: 'shop', kind: 'full', module: null, time }, triggeredAt: time },
    ...{ queue: 'q', workflowId: 'w', runId: `r${hour}` },
  });
  const content = `the artifact of ${id}`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const artifact = { file: `${id}.tar.zst`, bytes: content.length, sha256 };
  const at = time.toISOString();
  const manifest = {
    ...{ formatVersion: 1, id, database: 'shop', kind: 'full', module: null, base: null },
    ...{ triggeredAt: at, snapshotAt: at, sealedAt: at, dumpBytes: 100 },
    artifact: { ...artifact, format: 'directory', compression: 'zstd', encryption: 'none' },
    source: { tables: [] },
  } as unknown as Manifest;
  const localFile = path.join(directory, artifact.file);
  await writeFile(localFile, content);
  const key = `shop/${artifact.file}`;
  const { versionId = '' } = await storage.put(localFile, key, artifact);
  await storage.putText(`shop/${id}.manifest.json`, storedText(manifest));
  await catalog.recordCopy({
    ...{ ...copyOf(id), key, uri: storage.uri(key), bytes: artifact.bytes, sha256 },
    ...{ state: 'good', versions: { [artifact.file]: versionId } },
  });
  await catalog.finishBackup(id, { state: 'proven', reason: null, manifest });
  return { id, key };
}

const copyOf = (backup: string) => ({ backup, destination: 's3', host: null });

async function check(id: string, glance: boolean): Promise<string | undefined> {
  const [copy] = await catalog.copiesToCheck({ backup: id });
  const { signal } = new AbortController();
  return (await checkCopy(deps, { ...copy!, glance }, signal))?.state;
}

async function alarmOf(id: string): Promise<string | undefined> {
  const alarms = await catalog.alarms();
  return alarms.find(({ key }) => key === `copy:${id}:s3`)?.message;
}

async function versionsOf(id: string): Promise<string[]> {
  const found = await server.client.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: `shop/${id}` }),
  );
  const all = [...(found.Versions ?? []), ...(found.DeleteMarkers ?? [])];
  return all.map(({ Key = '' }) => path.basename(Key)).sort();
}

async function remove(id: string): Promise<string | null> {
  await catalog.startDelete({ ...copyOf(id), reason: 'deleted: old', by: 'r' });
  return finishDelete(deps, { ...copyOf(id), database: 'shop' }, 'good');
}

test('the copy keeps the version of its artifact, and a rebuilt catalog has it again', async () => {
  const { id, key } = await store();
  const { versionId } = (await deps.storage('s3').head(key))!;
  const shown = (await catalog.detail(id))!.checkedCopies;
  expect(shown).toMatchObject([{ destination: 's3', versionId }]);
  const other = await createTestDatabase('versions_again');
  const rebuilt = await openCatalog(other.connection);
  try {
    await rebuildCatalog({ catalog: rebuilt, settings }, () => undefined);
    expect((await rebuilt.detail(id))?.checkedCopies).toMatchObject([{ state: 'good', versionId }]);
  } finally {
    await rebuilt.close();
    await other.drop();
  }
});

test('a copy that is stored anew without versions has none any more', async () => {
  const { id } = await store();
  await catalog.recordCheck({ ...copyOf(id), state: 'damaged' });
  const [copy] = await catalog.copies(id);
  expect(copy).toMatchObject({ state: 'damaged', versions: expect.anything() as unknown });
  await catalog.recordCopy({ ...copy!, state: 'good', versions: {} });
  expect((await catalog.copies(id))[0]).not.toHaveProperty('versions');
  expect((await catalog.detail(id))?.checkedCopies).toMatchObject([{ versionId: null }]);
});

test.each([
  ['deleted', (key: string) => deleteUnnamed(key)],
  ['overwritten', (key: string) => deps.storage('s3').putText(key, 'something else')],
])('what somebody has %s is read by its version, told, and deleted whole', async (_, happen) => {
  const { id, key } = await store();
  await happen(key);
  for (const glance of [true, false]) expect(await check(id, glance)).toBe('good');
  expect(await alarmOf(id)).toContain('is hidden');
  const download = await openDownload({ catalog, settings, storage: deps.storage }, { backup: id });
  expect(await text(await download.read())).toBe(`the artifact of ${id}`);
  await deps.storage('s3').putText(`shop/${id}.proof.20260101_000000.json`, '{}');
  expect(await remove(id)).toBeNull();
  expect(await versionsOf(id)).toEqual([]);
  expect(await alarmOf(id)).toBeUndefined();
});

test('what is not hidden any more is no alarm any more', async () => {
  const { id, key } = await store();
  const marker = await deleteUnnamed(key);
  await check(id, true);
  expect(await alarmOf(id)).toBeDefined();
  const above = { Bucket: bucket, Key: key, VersionId: marker };
  await server.client.send(new DeleteObjectCommand(above));
  expect(await check(id, true)).toBe('good');
  expect(await alarmOf(id)).toBeUndefined();
});

test('a copy that a clean-up deletes while others are checked is no alarm', async () => {
  const { id } = await store();
  const [planned] = await catalog.copiesToCheck({ backup: id });
  expect(await remove(id)).toBeNull();
  const { signal } = new AbortController();
  for (const glance of [true, false]) {
    expect(await checkCopy(deps, { ...planned!, glance }, signal)).toBeNull();
  }
  expect(await alarmOf(id)).toBeUndefined();
});

test('a damaged version is damaged, whatever its name promises', async () => {
  const { id, key } = await store();
  await server.damage(bucket, key);
  expect(await check(id, false)).toBe('damaged');
  expect(await alarmOf(id)).toContain('is damaged');
});

test('a copy of which a lock keeps one file is kept whole, until the last lock ends', async () => {
  const { id } = await store();
  const locking = createDestinations(() =>
    settingsWith({ BACKUP_S3_LOCK: 'compliance', BACKUP_S3_LOCK_DAYS: '3' }),
  );
  await locking('s3').putText(`shop/${id}.proof.20260101_000000.json`, '{}');
  const before = await versionsOf(id);
  const inThreeDays = new Date(Date.now() + 3 * 24 * 3600 * 1000).toISOString().slice(0, 13);
  expect(await remove(id)).toContain(`kept until ${inThreeDays}`);
  expect(await versionsOf(id)).toEqual(before);
  expect(await catalog.copies(id)).toMatchObject([{ state: 'locked' }]);
});

async function deleteUnnamed(Key: string): Promise<string | undefined> {
  const answer = await server.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  return answer.VersionId;
}
