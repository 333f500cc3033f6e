import { chmod, mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { removeTree } from '../../src/system/files.ts';
import type { TestDatabase } from '../harness/postgres.ts';
import {
  createTestServiceFor,
  type ServiceWithDatabase,
  ended,
  untilRunIn,
} from '../harness/service.ts';

let database: TestDatabase;
let service: ServiceWithDatabase;
let temporary: string;

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'killed-')); // of its own: others have scratch servers, too
  await chmod(temporary, 0o711);
  // Large enough that each phase lasts long enough to be killed in.
  service = await createTestServiceFor(
    'killed',
    `
    CREATE TABLE readings (id int PRIMARY KEY, value text);
    INSERT INTO readings SELECT n, md5(n::text) || md5((n + 1)::text) FROM generate_series(1, 300000) n;
  `,
    { TMPDIR: temporary },
  );
  ({ database } = service);
}, 180_000);

afterAll(async () => {
  await service.close();
  await removeTree(temporary);
});

describe('a worker killed with kill -9 during dump, compress and verify', () => {
  it('completes the run after its restart, with one artifact and no litter', async () => {
    const id = 'killed';
    let worker = await service.startWorker();
    const start = ['workflow', 'start', '--task-queue', 'pma-backup', '--type', 'backup'];
    await service.temporal(...start, '--workflow-id', id);
    for (const phase of ['dump', 'compress', 'verify']) {
      await untilRunIn(service.client, phase);
      worker.kill('SIGKILL');
      await ended(worker);
      worker = await service.startWorker();
    }
    const result = (await service.client.workflow.getHandle(id).result()) as BackupSummary;
    expect(result).toMatchObject({ state: 'proven', proof: { rows: 300_000, mismatches: 0 } });
    worker.kill('SIGTERM');
    await ended(worker);
    const backups = path.join(service.stateDirectory, 'backups', result.database);
    const files = (await readdir(backups)).filter((file) => !file.includes('.proof.'));
    expect(files.sort()).toEqual(
      ['base.zst', 'manifest.json', 'tar.zst'].map((ending) => `${result.id}.${ending}`),
    );
    expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
    expect((await readdir(temporary)).filter((file) => /scratch|pass/.test(file))).toEqual([]);
    expect(await sessions()).toBe(0);
  }, 300_000);
});

async function sessions(): Promise<number> {
  const client = await database.connect();
  const { rowCount } = await client.query(
    `SELECT FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()`,
    [database.name],
  );
  await client.end();
  return rowCount ?? 0;
}
