import { readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { CheckedCopy } from '../../src/domain/run.ts';
import { objectsIn, partsTaken, storeOld, versionsIn } from '../harness/bucket-contents.ts';
import { refusing, startFaultProxy, type FaultProxy } from '../harness/fault-proxy.ts';
import { flipByte, startS3Server, type S3Server } from '../harness/s3-server.ts';
import { openAlarms } from '../harness/open-alarms.ts';
import { ownKey } from '../harness/own-key.ts';
import { testDatabase } from '../harness/postgres.ts';
import {
  createTestService,
  createTestServiceFor,
  databaseUrl,
  ended,
  until,
  untilRunIn,
  type CliResult,
  type ServiceWithDatabase,
} from '../harness/service.ts';

const parallelParts = 4;

let server: S3Server;
let proxy: FaultProxy;
let service: ServiceWithDatabase;
let secretFile: string;
let worker: Awaited<ReturnType<ServiceWithDatabase['startWorker']>>;

beforeAll(async () => {
  server = await startS3Server();
  await server.createBucket('offsite', { versions: true });
  proxy = await startFaultProxy(server.endpoint);
  const environment: Record<string, string> = {
    AWS_S3_BUCKET: 'offsite',
    AWS_ENDPOINT_URL_S3: proxy.url,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    BACKUP_S3_PART_MEBIBYTES: '8',
    BACKUP_S3_PARALLEL_PARTS: String(parallelParts),
  };
  service = await createTestServiceFor(
    'offsite',
    `
    CREATE TABLE orders (id int PRIMARY KEY, note text);
    INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 2000) n;
  `,
    environment,
  );
  secretFile = path.join(service.stateDirectory, 'secret');
  service.environment['AWS_SECRET_ACCESS_KEY_FILE'] = secretFile;
  Object.assign(service.environment, await ownKey(service.stateDirectory));
  await writeFile(secretFile, server.secretAccessKey);
  worker = await service.startWorker();
}, 900_000); // the server may have to be built

afterAll(async () => {
  await service.close();
  await proxy.stop();
  await server.stop();
});

async function backUp(): Promise<{ done: CliResult; summary: BackupSummary }> {
  const done = await service.cli('backup', '--json');
  return { done, summary: done.json() as BackupSummary };
}

const show = async (id: string) =>
  (await service.cli('show', id, '--json')).json() as BackupSummary;

const copyIn = ({ copies }: BackupSummary, place: string) =>
  copies.find(({ destination }) => destination === place);

async function check(id: string): Promise<{ status: number; copies: CheckedCopy[] }> {
  const done = await service.cli('check', id, '--json');
  return { status: done.status, copies: done.json() as CheckedCopy[] };
}

const keyOf = (of: BackupSummary) => copyIn(of, 's3')!.uri.replace('s3://offsite/', '');

describe('a backup with a bucket', () => {
  let first: BackupSummary;

  it('is stored in both places, the manifest and the proof beside the artifact', async () => {
    const { done, summary } = await backUp();
    first = summary;
    expect(done.status, done.stderr).toBe(0);
    expect(summary).toMatchObject({ state: 'proven' });
    expect(copyIn(summary, 'local')).toMatchObject({ state: 'good' });
    expect(copyIn(summary, 's3')).toMatchObject({ state: 'good' });
    const { sealed, offsite, total } = summary.timings;
    expect(sealed! < offsite! && offsite! <= total!).toBe(true);
    const names = (await objectsIn(server, 'offsite')).map((key) => path.basename(key)).sort();
    expect(names).toHaveLength(4);
    expect(names[1]).toBe(`${summary.id}.manifest.json`);
    expect(names.every((name) => name.startsWith(summary.id))).toBe(true);
  });

  it('fails in the bucket alone when the secret is wrong, and is made up without a new dump', async () => {
    const [{ summary: oldest }, { summary: older }] = [await backUp(), await backUp()];
    await writeFile(secretFile, 'a-wrong-secret');
    const before = proxy.served.length;
    const { done, summary } = await backUp();
    expect(done.status, done.stderr).toBe(3);
    expect(summary).toMatchObject({ state: 'proven', timings: { offsite: null } });
    expect(copyIn(summary, 'local')).toMatchObject({ state: 'good' });
    expect(copyIn(summary, 's3')).toMatchObject({ state: 'failed' });
    expect(proxy.served.length - before).toBeLessThan(6); // no storm of retries
    const found = await openAlarms(service);
    expect(found).toContainEqual(expect.objectContaining({ key: `copy:${summary.id}:s3` }));
    expect(found.map(({ hint }) => hint).join()).toContain('secret');
    expect(JSON.stringify(found)).not.toContain('a-wrong-secret');
    // A bucket that refuses us keeps no copy elsewhere from being looked at.
    await writeFile(older.artifact!.path, 'damaged');
    // Neither does a file on our own disk that cannot be read.
    const { path: unreadable } = oldest.artifact!;
    await rename(unreadable, `${unreadable}.away`);
    await symlink('/proc/self/mem', unreadable);
    expect((await service.cli('check')).status).toBe(1);
    await rename(`${unreadable}.away`, unreadable);
    expect((await openAlarms(service)).map(({ key }) => key)).toContain('check:');
    expect(copyIn(await show(older.id), 'local')).toMatchObject({ state: 'damaged' });

    await writeFile(secretFile, server.secretAccessKey);
    expect((await backUp()).done).toMatchObject({ status: 0 });
    expect(copyIn(await show(summary.id), 's3')).toMatchObject({ state: 'good' });
    const checked = await service.cli('check');
    expect(checked.status, checked.stderr).toBe(0);
    expect(await openAlarms(service)).toEqual([]);
    expect((await check(summary.id)).copies.map(({ state }) => state)).toEqual(['good', 'good']);
  });

  it('has a byte changed in the bucket: it is found, and healed from the local copy', async () => {
    await server.damage('offsite', keyOf(first));
    const { status, copies } = await check(first.id);
    expect(copies.find(({ destination }) => destination === 's3')).toMatchObject({
      ...{ state: 'damaged', healed: true },
    });
    expect(status).toBe(0);
    expect((await check(first.id)).copies.map(({ state }) => state)).toEqual(['good', 'good']);
    expect(await openAlarms(service)).toEqual([]);
  });

  it('is gone from the disk: the copy is made again from the bucket', async () => {
    const { uri } = copyIn(first, 'local')!;
    const content = await readFile(uri);
    await rm(uri);
    const saved = path.join(service.stateDirectory, 'saved');
    const done = await service.cli('download', first.id, '--destination', 's3', '-o', saved);
    expect(done.status, done.stderr).toBe(0);
    expect((await readFile(saved)).equals(content)).toBe(true);
    const { copies } = await check(first.id);
    expect(copies.find(({ destination }) => destination === 'local')).toMatchObject({
      ...{ state: 'missing', healed: true },
    });
    expect((await readFile(uri)).equals(content)).toBe(true);
  });

  it('is deleted in the bucket by somebody: it is restored all the same, and an alarm says so', async () => {
    const hidden = { Bucket: 'offsite', Key: keyOf(first) };
    const { VersionId } = await server.client.send(new DeleteObjectCommand(hidden));
    expect((await check(first.id)).status).toBe(0);
    expect((await openAlarms(service)).map(({ message }) => message).join()).toContain('is hidden');
    const test = JSON.stringify({ backup: first.id, destination: 's3' });
    const done = await service.temporal(
      ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'restoreTest'],
      ...['--input', test, '--workflow-id', 'from-hidden', '--output', 'json'],
    );
    expect(done.stdout, done.stderr).toContain('"proven"');
    await server.client.send(new DeleteObjectCommand({ ...hidden, VersionId }));
    await check(first.id);
    expect(await openAlarms(service)).toEqual([]);
  });

  it('is damaged in both places: an alarm says so, and it cannot be restored', async () => {
    await server.damage('offsite', keyOf(first));
    await flipByte(copyIn(first, 'local')!.uri);
    const { status, copies } = await check(first.id);
    expect(status).toBe(1);
    expect(copies.map(({ state, healed }) => [state, healed])).toEqual([
      ['damaged', false],
      ['damaged', false],
    ]);
    const summary = await show(first.id);
    expect(summary.copies.map(({ state }) => state)).toEqual(['damaged', 'damaged']);
    expect((await openAlarms(service)).map(({ key }) => key).sort()).toEqual([
      `copy:${first.id}:local`,
      `copy:${first.id}:s3`,
    ]);
    expect((await openAlarms(service)).map(({ message }) => message).join()).toContain(
      'can no longer',
    );
    const shown = await service.cli('show', first.id);
    expect(shown.stdout).toContain('It can no longer be restored');
    const refused = await service.cli('verify', first.id);
    expect(refused.stderr).toContain('no good copy');
  });

  it('is proven from the bucket alone', async () => {
    const done = await service.temporal(
      ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'restoreTest'],
      ...['--input', '{"destination":"farthest"}', '--workflow-id', 'from-s3', '--output', 'json'],
    );
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toContain('"proven"');
    const report = await service.cli('show', 'latest', '--html', 'zh-CN');
    expect(report.stdout).toContain('恢复测试报告');
    expect(report.stdout).toContain('<td>s3</td></tr>');
  });
});

describe('with the catalog and the disk gone, and only bucket, key and settings left', () => {
  it('a new machine rebuilds its catalog, and restores from the bucket, proven', async () => {
    const { AWS_S3_BUCKET, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, DATABASE_URL } =
      service.environment;
    const machine = await createTestService({
      ...{ AWS_S3_BUCKET, AWS_ENDPOINT_URL_S3, AWS_ACCESS_KEY_ID, DATABASE_URL },
      AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
      BACKUP_AGE_IDENTITY_FILE: service.environment['BACKUP_AGE_IDENTITY_FILE']!,
      BACKUP_CLOUD_RETENTION_DAYS: '2',
    } as Record<string, string>);
    const target = testDatabase(`${service.database.name}_again`);
    try {
      const known = (await service.cli('list', '--json')).json() as BackupSummary[];
      const old = await storeOld(server, 'offsite', known[0]!);
      const held = await service.cli('hold', known[0]!.id, '--reason', 'audit');
      expect(held.status, held.stderr).toBe(0);
      const rebuilt = await machine.cli('catalog', 'rebuild', '--json');
      expect(rebuilt.status, rebuilt.stderr).toBe(0);
      expect(rebuilt.json()).toMatchObject({ added: known.length + 1, holds: 1, problems: [] });
      const again = await machine.cli('catalog', 'rebuild', '--json');
      expect(again.json()).toMatchObject({ added: 0, copies: known.length + 1 });
      const found = (await machine.cli('list', '--json')).json() as BackupSummary[];
      expect(found.at(-1)).toMatchObject({ id: old, state: 'proven', hold: null });
      expect(found[0]).toMatchObject({ id: known[0]!.id, hold: { reason: 'audit' } });
      expect((await service.cli('release', known[0]!.id)).status).toBe(0);
      expect((await objectsIn(server, 'offsite')).filter((key) => key.includes('.hold.'))).toEqual(
        [],
      );
      expect(found.slice(0, -1).map(({ id, state, proof }) => [id, state, proof])).toEqual(
        known.map(({ id, state, proof }) => [id, state, proof]),
      );
      await machine.startWorker();
      const to = databaseUrl(target.connection);
      const done = await machine.cli('restore', 'latest', '--to', to, '--create', '--json');
      expect(done.status, done.stderr).toBe(0);
      expect(done.json()).toMatchObject({ state: 'proven', rows: 2000, mismatches: 0 });

      // What is expired goes from the bucket, too, once its successors were read.
      await machine.cli('check');
      const unfinished = { Bucket: 'offsite', Key: `${known[0]!.database}/young` };
      await server.client.send(new CreateMultipartUploadCommand(unfinished));
      const before = await objectsIn(server, 'offsite');
      expect(before.filter((key) => key.includes(old)).length).toBeGreaterThan(2);
      // A bucket that refuses is an alarm until it does not, also where some of the files are gone.
      const refused = { key: `cleanup-refused:${known[0]!.database}` };
      for (const part of [old, `${old}.tar.`, `${old}.tar.`]) {
        proxy.set(refusing('DELETE', part));
        const failed = await machine.cli('cleanup', '--json');
        expect(failed.json(), failed.stderr).toMatchObject({ refused: [{ backup: old }] });
        expect(await openAlarms(machine)).toContainEqual(expect.objectContaining(refused));
      }
      proxy.set(undefined);
      const cleaned = await machine.cli('cleanup', '--json');
      expect(cleaned.status, cleaned.stderr).toBe(0);
      expect(await openAlarms(machine)).toEqual([]);
      expect(await objectsIn(server, 'offsite')).toEqual(
        before.filter((key) => !key.includes(old)),
      );
      expect((await versionsIn(server, 'offsite')).filter((key) => key.includes(old))).toEqual([]);
      const uploads = new ListMultipartUploadsCommand({ Bucket: 'offsite' });
      const { Uploads = [] } = await server.client.send(uploads);
      expect(Uploads.map(({ Key }) => Key)).toEqual([unfinished.Key]); // somebody may finish it

      const examined = (await machine.cli('doctor', '--json')).json();
      expect(JSON.stringify(examined)).toContain(
        `an object was written to bucket 'offsite', read and deleted`,
      );
    } finally {
      await machine.close();
      await target.drop();
    }
  }, 120_000);
});

describe('a worker killed with kill -9 in the middle of an upload of 256 MB', () => {
  it('completes the run after its restart, and no part arrives twice', async () => {
    const client = await service.database.connect();
    await client.query(`
      CREATE EXTENSION pgcrypto;
      CREATE TABLE images (id int PRIMARY KEY, content bytea);
      INSERT INTO images SELECT n, (SELECT string_agg(gen_random_bytes(1024), '')
        FROM generate_series(1, 256) WHERE n > 0) FROM generate_series(1, 1024) n;
      DROP EXTENSION pgcrypto;
    `);
    await client.end();
    const partsBefore = partsTaken(proxy).length;
    const running = service.cli('backup', '--json');
    await untilRunIn(service.client, 'upload');
    await until('some parts have arrived', () =>
      Promise.resolve(partsTaken(proxy).length - partsBefore >= 8),
    );
    worker.kill('SIGKILL');
    await ended(worker);
    const atKill = partsTaken(proxy).length - partsBefore;
    worker = await service.startWorker();
    const done = await running;
    expect(done.status, done.stderr).toBe(0);
    const summary = done.json() as BackupSummary;
    expect(copyIn(summary, 's3')).toMatchObject({ state: 'good' });
    expect(summary.artifact!.bytes).toBeGreaterThan(256 * 1024 ** 2);
    const taken = partsTaken(proxy).slice(partsBefore);
    expect(atKill).toBeLessThan(taken.length);
    expect(new Set(taken).size).toBe(taken.length);
    // One that was under way at the kill may be there without an answer that somebody could have heard.
    const parts = Math.ceil(summary.artifact!.bytes / (8 * 1024 ** 2));
    expect(taken.length).toBeLessThanOrEqual(parts);
    expect(taken.length).toBeGreaterThanOrEqual(parts - parallelParts);
    expect((await check(summary.id)).copies.map(({ state }) => state)).toEqual(['good', 'good']);
  }, 240_000);
});
