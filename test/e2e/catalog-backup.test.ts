import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { loadSettings } from '../../src/config.ts';
import { audited } from '../../src/service/access/audit.ts';
import { identityOfToken } from '../../src/service/access/identity.ts';
import { createGate } from '../../src/service/access/login.ts';
import { addToken } from '../../src/service/access/tokens.ts';
import { addUser, changePassword } from '../../src/service/access/users.ts';
import type { SavedCatalog } from '../../src/domain/catalog-backup.ts';
import { removeTree } from '../../src/system/files.ts';
import { startS3Server, type S3Server } from '../harness/s3-server.ts';
import {
  createTestService,
  createTestServiceFor,
  type CliResult,
  type ServiceWithDatabase,
  type TestService,
} from '../harness/service.ts';

const password = 'a long one that ada chose';
let server: S3Server;
let directory: string;
let keyFile: string;
let bucket: Record<string, string>;
let service: ServiceWithDatabase;
let secretFile: string;
let token: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'catalog-backup-'));
  keyFile = path.join(directory, 'key');
  secretFile = path.join(directory, 'secret');
  const identity = await generateIdentity();
  await writeFile(keyFile, identity);
  server = await startS3Server();
  await server.createBucket('own');
  await writeFile(secretFile, server.secretAccessKey);
  bucket = {
    AWS_S3_BUCKET: 'own',
    AWS_ENDPOINT_URL_S3: server.endpoint,
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    AWS_SECRET_ACCESS_KEY_FILE: secretFile,
    BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity),
  };
  service = await createTestServiceFor('own', 'CREATE TABLE t (id int)', bucket);
  token = await fill(service);
  await service.startWorker();
}, 900_000); // the server may have to be built

afterAll(async () => {
  await service.close();
  await server.stop();
  await removeTree(directory);
});

async function catalogOf({ environment }: TestService): Promise<Catalog> {
  return openCatalog(loadSettings({ environment, file: null }).catalog!);
}

async function inCatalogOf<T>(of: TestService, use: (catalog: Catalog) => Promise<T>): Promise<T> {
  const catalog = await catalogOf(of);
  try {
    return await use(catalog);
  } finally {
    await catalog.close();
  }
}

/** A user with a password of her own, a token of hers, and what she did; gives the token. */
function fill(of: TestService): Promise<string> {
  return inCatalogOf(of, async (catalog) => {
    const world = { catalog };
    const { password: first } = await addUser(world, { name: 'ada', role: 'admin' });
    await changePassword(world, { user: 'ada', password: first, newPassword: password });
    const request = { name: 'ci', user: 'ada', scopes: ['read' as const], days: 30 };
    const { secret } = await addToken(world, request);
    const about = { user: 'ada', via: 'session', address: '127.0.0.1' };
    await audited(
      world,
      () => ({ ...about, action: 'hold', target: 'the-one' }),
      () => 0,
    );
    return secret;
  });
}

const logIn = (of: TestService, user: string, secret: string) =>
  inCatalogOf(of, (catalog) =>
    createGate().logIn(
      { catalog, settings: loadSettings({ environment: of.environment, file: null }) },
      { user, password: secret, address: '127.0.0.1' },
    ),
  );

function save(of: TestService): Promise<CliResult> {
  return of.temporal(
    ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'catalogBackup'],
    ...['--workflow-id', `save-${Math.random()}`, '--output', 'json'],
  );
}

function saved({ status, stdout, stderr }: CliResult): SavedCatalog[] {
  expect(status, stderr).toBe(0);
  return (JSON.parse(stdout) as { result: SavedCatalog[] }).result;
}

async function rebuild(of: TestService): Promise<CliResult & { own: Record<string, unknown> }> {
  const done = await of.cli('catalog', 'rebuild', '--json');
  return { ...done, own: (done.json() as { own: Record<string, unknown> }).own };
}

describe('the backup of the catalog itself', () => {
  it('lies encrypted in every destination, and the newest seven of them are kept', async () => {
    const { id } = await inCatalogOf(service, (catalog) => catalog.identity());
    const local = path.join(service.stateDirectory, 'backups', 'pma_backup_catalog');
    await mkdir(local, { recursive: true });
    for (let day = 1; day <= 8; day++) {
      await writeFile(path.join(local, `catalog_${id}_2026010${day}_013000.jsonl.zst`), 'old');
    }
    const [here, there] = saved(await save(service));
    expect(here).toMatchObject({ destination: 'local', expired: 2 });
    expect(there).toMatchObject({ destination: 's3', rows: { users: 1, tokens: 1, audit: 1 } });
    const names = await readdir(local);
    expect(names.filter((name) => !name.endsWith('.manifest.json'))).toHaveLength(7);
    const listing = new ListObjectsV2Command({ Bucket: 'own' });
    const { Contents = [] } = await server.client.send(listing);
    expect(Contents.map(({ Key }) => path.basename(Key!))).toEqual([
      `${there!.id}.jsonl.zst.age`,
      `${there!.id}.manifest.json`,
    ]);
    const manifest = await readFile(path.join(local, `${here!.id}.manifest.json`), 'utf8');
    expect(manifest).toContain('"passwords": true');
    expect(manifest).not.toContain('scrypt');
  });

  it('that cannot be stored in one destination is an alarm until it is, the other has it', async () => {
    await writeFile(secretFile, 'a-wrong-secret');
    await sleep(1000); // its name says the second of its making
    const failed = await save(service);
    await writeFile(secretFile, server.secretAccessKey);
    expect(failed.status).not.toBe(0);
    const alarms = () => inCatalogOf(service, (catalog) => catalog.alarms());
    const [alarm] = (await alarms()).filter(({ key }) => key === 'copy:catalog:s3');
    expect(alarm!.message).toMatch(/^the backup of the catalog itself in 's3' failed: /);
    expect(alarm!.hint).toContain('secret');
    const local = path.join(service.stateDirectory, 'backups', 'pma_backup_catalog');
    const manifests = (await readdir(local)).filter((name) => name.endsWith('.manifest.json'));
    expect(manifests).toHaveLength(2);
    saved(await save(service));
    expect((await alarms()).map(({ key }) => key)).not.toContain('copy:catalog:s3');
  });

  it('brings users, tokens and audit log back on a new machine, with the key alone, and once', async () => {
    const machine = await createTestService({
      ...bucket,
      DATABASE_URL: service.environment['DATABASE_URL']!,
    });
    try {
      const locked = await rebuild(machine);
      expect(locked.status).toBe(3);
      expect(locked.own).toEqual({ state: 'unread' });
      expect(locked.stdout).toContain('BACKUP_AGE_IDENTITY_FILE');
      expect(locked.stdout).toContain(bucket['BACKUP_AGE_RECIPIENTS']);

      machine.environment['BACKUP_AGE_IDENTITY_FILE'] = keyFile;
      const rebuilt = await rebuild(machine);
      expect(rebuilt.status, rebuilt.stderr).toBe(0);
      expect(rebuilt.own).toMatchObject({
        ...{ state: 'brought', users: ['ada'], withoutPassword: [], tokens: 1, audit: 1 },
      });
      expect(Date.now() - Date.parse(rebuilt.own['savedAt'] as string)).toBeLessThan(600_000);
      expect((await logIn(machine, 'ada', password)).secret).not.toBe('');
      await inCatalogOf(machine, async (catalog) => {
        expect(await identityOfToken({ catalog }, token)).toMatchObject({ user: 'ada' });
        expect(await catalog.auditLog({ limit: 9 })).toMatchObject([{ target: 'the-one' }]);
      });
      const again = await machine.cli('catalog', 'rebuild');
      expect(again.status, again.stderr).toBe(0);
      expect(again.stdout).toContain(`came back before, from 'catalog_`);
    } finally {
      await machine.close();
    }
  }, 60_000);
});

describe('without encryption', () => {
  it('no hash of a password leaves the catalog, and who needs a new one is named', async () => {
    const location = path.join(directory, 'backups');
    const plain = { DATABASE_URL: service.environment['DATABASE_URL']!, BACKUP_LOCATION: location };
    const [lost, machine] = [await createTestService(plain), await createTestService(plain)];
    try {
      expect((await machine.cli('catalog', 'rebuild')).stdout).toContain('no backup of a lost');
      const secret = await fill(lost);
      await lost.startWorker();
      const [{ uri }] = saved(await save(lost)) as [SavedCatalog];
      const { stdout } = await promisify(execFile)('zstd', ['-dc', uri]);
      expect(stdout).toContain('"name": "ada"');
      expect(stdout).not.toContain('scrypt');
      const rebuilt = await machine.cli('catalog', 'rebuild');
      expect(rebuilt.status, rebuilt.stderr).toBe(0);
      expect(rebuilt.stdout).toMatch(/without a password, .* ada\nhint: .*users reset ada$/m);
      await expect(logIn(machine, 'ada', password)).rejects.toMatchObject({ code: 'login_failed' });
      const reset = (await machine.cli('users', 'reset', 'ada', '--json')).json();
      await logIn(machine, 'ada', (reset as { password: string }).password);
      await inCatalogOf(machine, async (catalog) => {
        expect(await identityOfToken({ catalog }, secret)).toMatchObject({ user: 'ada' });
      });
    } finally {
      await lost.close();
      await machine.close();
    }
  }, 60_000);
});
