import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { keptFullPlace } from '../../src/postgres/kept-full.ts';
import { removeTree } from '../../src/system/files.ts';
import { startOssServer, type OssServer } from '../harness/oss-server.ts';
import { testDatabase } from '../harness/postgres.ts';
import { flipByte } from '../harness/s3-server.ts';
import {
  createTestServiceFor,
  databaseUrl,
  ended,
  type CliResult,
  type ServiceWithDatabase,
} from '../harness/service.ts';

let oss: OssServer;
let service: ServiceWithDatabase;
let directory: string;
let keyFile: string;
let recipient: string;
let worker: Awaited<ReturnType<ServiceWithDatabase['startWorker']>>;
let backup: BackupSummary;
const role = () => pg.escapeIdentifier(`${service.database.name} reader`);

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'encrypted-'));
  keyFile = path.join(directory, 'key');
  const identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
  await writeFile(keyFile, `# created by hand\n${identity}\n`);
  const sql = 'CREATE TABLE orders AS SELECT generate_series(1, 2000) AS id';
  oss = await startOssServer();
  oss.createBucket('bucket');
  const { endpoint, region, accessKeyId, accessKeySecret } = oss.options('bucket');
  service = await createTestServiceFor('encrypted', sql, {
    ...{ OSS_BUCKET_NAME: 'bucket', OSS_ENDPOINT: endpoint, OSS_REGION: region },
    ...{ OSS_ACCESS_KEY_ID: accessKeyId, OSS_ACCESS_KEY_SECRET: accessKeySecret.reveal() },
    BACKUP_AGE_RECIPIENTS: recipient,
    BACKUP_AGE_IDENTITY_FILE: keyFile,
  });
  await query(
    `CREATE ROLE ${role()} LOGIN PASSWORD 'a reader'; GRANT SELECT ON orders TO ${role()}`,
  );
  worker = await service.startWorker();
}, 180_000);

afterAll(async () => {
  await query(`DROP OWNED BY ${role()}; DROP ROLE ${role()}`);
  await service.close();
  await oss.stop();
  await removeTree(directory);
});

async function query(sql: string): Promise<void> {
  const client = await service.database.connect();
  await client.query(sql);
  await client.end();
}

/** A new row, and the incremental that carries it. */
async function change(id: number): Promise<CliResult> {
  await query(`INSERT INTO orders VALUES (${id})`);
  return service.cli('backup', '--kind', 'incremental', '--json');
}

/** No copy of the full that stays restored can be made any more. */
async function spoilKeptFull(): Promise<void> {
  const parent = service.environment['TMPDIR'];
  const note = path.join(
    keptFullPlace(service.stateDirectory, backup.database, parent),
    'kept.json',
  );
  const text = await readFile(note, 'utf8');
  const { database } = JSON.parse(text) as { database: string };
  await writeFile(note, text.replace(`"${database}"`, '"template0"'));
}

async function manifestOf(uri: string, id: string): Promise<string> {
  return readFile(path.join(path.dirname(uri), `${id}.manifest.json`), 'utf8');
}

describe('an encrypted backup', () => {
  it('is proven, says who can open it, and shows how to restore it by hand', async () => {
    const done = await service.cli('backup', '--json');
    expect(done.status, done.stderr).toBe(0);
    backup = done.json() as BackupSummary;
    expect(backup.state).toBe('proven');
    const { uri } = backup.copies[0]!;
    expect(uri).toMatch(/\.tar\.zst\.age$/);
    expect(backup.copies).toMatchObject([
      { destination: 'local', state: 'good' },
      { destination: 'oss', state: 'good' },
    ]);
    const manifest = JSON.parse(await manifestOf(uri, backup.id)) as Manifest;
    expect(manifest.artifact).toMatchObject({ encryption: 'age', readers: [recipient] });
    const shown = await service.cli('show', backup.id);
    expect(shown.stdout).toContain(`age -d -i KEY_FILE ${uri} | zstd -dc | tar -x`);
  });

  it('opens with the plain programs; password hashes of roles are in it, and nowhere else', async () => {
    const { uri } = backup.copies[0]!;
    const globals = `${backup.id}/verify/globals.sql`;
    const pipe = `age -d -i ${keyFile} ${uri} | zstd -dc | tar --extract --to-stdout ${globals}`;
    const { stdout } = await promisify(execFile)('bash', ['-o', 'pipefail', '-c', pipe]);
    expect(stdout).toMatch(/ALTER ROLE .* PASSWORD '(SCRAM-SHA-256|md5)/);
    expect(await manifestOf(uri, backup.id)).not.toMatch(/SCRAM-SHA-256|PASSWORD/);
    const shown = await service.cli('show', backup.id, '--json');
    expect(shown.stdout).not.toMatch(/SCRAM-SHA-256|PASSWORD/);
  });

  it('is downloaded as it is, and in the clear by who has the private key', async () => {
    const target = path.join(directory, 'saved');
    const saved = await service.cli('download', backup.id, '--output', target);
    expect(saved.stdout).toContain(`it is encrypted for ${recipient}`);
    expect((await readFile(target)).equals(await readFile(backup.copies[0]!.uri))).toBe(true);
    const plain = await service.cli(
      'download',
      backup.id,
      '--as',
      'sql',
      '--output',
      `${target}.sql`,
    );
    expect(plain.status, plain.stderr).toBe(0);
    expect(await readFile(`${target}.sql`, 'utf8')).toContain('CREATE TABLE public.orders');
  });

  it('is fetched and unpacked by the lines of the recovery kit', async () => {
    const kit = await service.cli('recovery-kit', '--output', path.join(directory, 'kit.md'));
    expect(kit.status, kit.stderr).toBe(0);
    expect(kit.stdout).toContain(recipient);
    expect(kit.stdout).not.toMatch(/AGE-SECRET-KEY/);
    expect(await readFile(path.join(directory, 'kit.md'), 'utf8')).toBe(kit.stdout);
    const lines = kit.stdout.split('## Without it')[1]!.matchAll(/```sh\n([^]*?)```/g);
    const script = [...lines].map(([, block]) => block).join('\n');
    // The last two make and fill the database; they are those of 'show', which other tests run.
    // The copy on the disk does: the bucket's would need a program of its own.
    const unpack = script
      .replace(/^(createdb|pg_restore|ossutil) .*$/gm, '')
      .replace('KEY_FILE', keyFile);
    await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', unpack], { cwd: directory });
    const dump = await readdir(path.join(directory, backup.id, 'dump'));
    expect(dump).toContain('toc.dat');
  });

  it('is healed from OSS when the copy on the disk is damaged, and proven from there', async () => {
    await flipByte(backup.copies[0]!.uri);
    const checked = await service.cli('check', backup.id, '--json');
    const found = { destination: 'local', state: 'damaged', healed: true };
    expect(checked.json()).toContainEqual(expect.objectContaining(found));
    const done = await service.temporal(
      ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'restoreTest'],
      ...['--input', '{"destination":"farthest"}', '--workflow-id', 'from-oss', '--output', 'json'],
    );
    expect(done.stdout, done.stderr).toContain('"proven"');
  }, 60_000);

  it('is test-restored, and restored, by who has the private key', async () => {
    const verified = await service.cli('verify', backup.id, '--json');
    expect(verified.status, verified.stderr).toBe(0);
    const target = testDatabase(`${service.database.name}_again`);
    try {
      const to = databaseUrl(target.connection);
      const restored = await service.cli('restore', 'latest', '--to', to, '--create', '--json');
      expect(restored.status, restored.stderr).toBe(0);
      expect(restored.json()).toMatchObject({ state: 'proven', rows: 2000 });
    } finally {
      await target.drop();
    }
  }, 60_000);
});

describe('a worker that has the public key alone', () => {
  it('makes proven backups, cannot test-restore them, and says so once and before it matters', async () => {
    worker.kill('SIGTERM');
    await ended(worker);
    delete service.environment['BACKUP_AGE_IDENTITY_FILE'];
    service.environment['BACKUP_KEEP_FULL_RESTORED'] = 'true';
    service.environment['TMPDIR'] = await mkdtemp(path.join(tmpdir(), 'kept-'));
    await chmod(service.environment['TMPDIR'], 0o711);
    await service.startWorker();
    const done = await service.cli('backup', '--json');
    expect(done.status, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({ state: 'proven' });
    expect((await change(2001)).json()).toMatchObject({ kind: 'incremental', state: 'proven' });

    // Without the full that is kept in the clear, an incremental is not proven here, and the next one is a full.
    await spoilKeptFull();
    const unproven = (await change(2002)).json() as BackupSummary;
    expect(unproven).toMatchObject({ kind: 'incremental', state: 'unproven' });
    expect(unproven.reason).toContain(recipient);
    const full = (await change(2003)).json() as BackupSummary;
    expect(full).toMatchObject({ kind: 'full', state: 'proven' });
    expect(full.reason).toContain(`a full instead of an incremental: its full cannot be read`);
    expect((await change(2004)).json()).toMatchObject({ kind: 'incremental', state: 'proven' });
    await removeTree(service.environment['TMPDIR']);
    const refused = await service.cli('verify', 'latest');
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain(recipient);
    expect(refused.stderr).toContain('BACKUP_AGE_IDENTITY_FILE');
    const plain = ['--as', 'sql', '--output', path.join(directory, 'without-key.sql'), '--json'];
    const kept = await service.cli('download', 'latest', ...plain);
    expect([kept.status, kept.json()]).toMatchObject([1, { error: { code: 'key_missing' } }]);
    const { alarms } = (await service.cli('status', '--json')).json() as {
      alarms: { key: string; message: string }[];
    };
    // The watch may have looked at the key, too.
    const keys = alarms.map(({ key }) => key).filter((key) => key !== 'key:');
    expect(keys).toEqual([`proof:${backup.database}`]);
    const examined = await service.cli('doctor', '--json');
    expect(examined.json()).toContainEqual(
      expect.objectContaining({ name: 'encryption', state: 'warning' }),
    );
  }, 240_000);
});
