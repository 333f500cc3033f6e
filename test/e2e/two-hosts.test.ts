import type { ChildProcess } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import {
  createTestServiceFor,
  ended,
  until,
  untilOutput,
  type ServiceWithDatabase,
} from '../harness/service.ts';

// As a cluster's user has it: a Temporal server that we did not start, with a namespace of ours, two workers and one
// server, each with a state directory of its own.
let service: ServiceWithDatabase;
const workers = new Map<string, ChildProcess>();

beforeAll(async () => {
  service = await createTestServiceFor(
    'hosts',
    `CREATE TABLE readings (id int PRIMARY KEY, value text);
     INSERT INTO readings SELECT n, md5(n::text) FROM generate_series(1, 300000) n;`,
    { BACKUP_SCHEDULE: '30 2 1 1 *' },
  );
  for (const host of ['one', 'two']) await startHost(host);
}, 60_000);

afterAll(() => service.close());

const stateOf = (host: string) => path.join(service.stateDirectory, host);

/** What is started after it belongs to that host. */
function be(host: string): void {
  service.environment['PMA_STATE_DIR'] = stateOf(host);
}

async function startHost(host: string): Promise<void> {
  be(host);
  workers.set(host, await service.startWorker());
}

async function kill(host: string): Promise<void> {
  const worker = workers.get(host)!;
  worker.kill('SIGKILL');
  await ended(worker);
}

/** The artifacts on a host's disk. */
async function stored(host: string): Promise<string[]> {
  const directory = path.join(stateOf(host), 'backups');
  const files = await readdir(directory, { recursive: true }).catch(() => []);
  return files.filter((file) => file.endsWith('.tar.zst')).map((file) => path.basename(file));
}

/** The host that has begun to dump. */
function untilTaken(): Promise<string> {
  return until('a host has begun', async () => {
    for (const host of workers.keys()) {
      const works = await readdir(path.join(stateOf(host), 'work')).catch(() => []);
      if (works.length > 0) return host;
    }
    return undefined;
  });
}

test('a run stays on the host that began it: killed there, it goes on there', async () => {
  const start = ['workflow', 'start', '--task-queue', 'pma-backup', '--type', 'backup'];
  await service.temporal(...start, '--workflow-id', 'first');
  const host = await untilTaken();
  const other = host === 'one' ? 'two' : 'one';
  await kill(host);
  await startHost(host);
  const run = service.client.workflow.getHandle('first');
  const backup = (await run.result()) as BackupSummary;
  expect(backup).toMatchObject({ state: 'proven', proof: { rows: 300_000, mismatches: 0 } });
  expect(await stored(host)).toEqual([`${backup.id}.tar.zst`]);
  expect(await stored(other)).toEqual([]);

  // The first host is gone for good: the next run goes to the other, and the catalog knows both.
  await kill(host);
  be(other);
  const done = await service.cli('backup', '--json');
  expect(done.status, done.stderr).toBe(0);
  const second = done.json() as BackupSummary;
  expect(await stored(other)).toEqual([`${second.id}.tar.zst`]);
  const listed = (await service.cli('list', '--json')).json() as BackupSummary[];
  expect(listed.map(({ id, state }) => [id, state])).toEqual([
    [second.id, 'proven'],
    [backup.id, 'proven'],
  ]);
}, 180_000);

test('a run whose host is gone for good is taken over by another one', async () => {
  for (const host of workers.keys()) await kill(host);
  service.environment['BACKUP_HOST_PATIENCE_SECONDS'] = '10';
  for (const host of ['one', 'two']) await startHost(host);
  const start = ['workflow', 'start', '--task-queue', 'pma-backup', '--type', 'backup'];
  await service.temporal(...start, '--workflow-id', 'third');
  const host = await untilTaken();
  const other = host === 'one' ? 'two' : 'one';
  const before = await stored(host);
  await kill(host);
  const backup = (await service.client.workflow.getHandle('third').result()) as BackupSummary;
  expect(backup).toMatchObject({ state: 'proven', proof: { rows: 300_000, mismatches: 0 } });
  expect(backup.copies).toHaveLength(1);
  expect(await stored(other)).toContain(`${backup.id}.tar.zst`);
  expect(await stored(host)).toEqual(before);

  // It comes back after all: what it left half-made is tidied.
  const left = () => readdir(path.join(stateOf(host), 'work'));
  expect(await left()).toEqual([backup.id]);
  await startHost(host);
  expect(await left()).toEqual([]);
}, 240_000);

test('a server on a third host makes the schedules and serves the console', async () => {
  be('three');
  const server = service.spawnCli('server');
  const [url] = /http:\/\/\S+(?=;)/.exec(await untilOutput(server, /serving \S+; /))!;
  expect((await fetch(new URL('/readyz', url))).status).toBe(200);
  const schedules = await service.temporal('schedule', 'list');
  expect(schedules.stdout).toMatch(/pma-backup\/\S+\/full/);
}, 60_000);
