import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { onCluster } from '../harness/postgres.ts';
import {
  createTestServiceFor,
  until,
  type CliResult,
  type ServiceWithDatabase,
} from '../harness/service.ts';

interface Line {
  readonly level: string;
  readonly time: string;
  readonly msg: string;
  readonly run?: string;
  readonly [field: string]: unknown;
}

let service: ServiceWithDatabase;
let log = '';

beforeAll(async () => {
  service = await createTestServiceFor(
    'logged',
    `CREATE TABLE readings (id int PRIMARY KEY, value text);
     INSERT INTO readings SELECT n, md5(n::text) FROM generate_series(1, 2000) n;`,
    { LOG_FORMAT: 'json' },
  );
  const worker: ChildProcess = await service.startWorker();
  worker.stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
}, 180_000);

afterAll(() => service.close());

/** All lines of this log so far. */
function lines(): Line[] {
  return log
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** The run that the command says it started. */
function runOf({ stderr }: CliResult): string {
  return /started '(.+)'/.exec(stderr)![1]!;
}

/** Does it while the dump must wait for its first lock; gives the names of our sessions on the source meanwhile. */
async function whileDumpWaits<T>(work: () => Promise<T>): Promise<[T, string[]]> {
  const locker = await service.database.connect();
  await locker.query('BEGIN; LOCK TABLE readings');
  const working = work();
  const names = await until('the dump waits', async () => {
    const found = await onCluster<{ name: string }>(
      `SELECT DISTINCT application_name AS name FROM pg_stat_activity
       WHERE datname = '${service.database.name}' AND application_name LIKE 'pma-backup:%'
         AND wait_event_type = 'Lock'`,
    );
    return found.length > 0 && found.map(({ name }) => name);
  }).finally(() => locker.query('ROLLBACK').then(() => locker.end()));
  return [await working, names];
}

describe('one id leads through all that a run does', () => {
  test('its log, and its sessions on the source', async () => {
    const [done, sessions] = await whileDumpWaits(() => service.cli('backup', '--json'));
    expect(done.status, done.stderr).toBe(0);
    const run = runOf(done);
    await until('it is told to the end', () =>
      Promise.resolve(
        lines().some(({ activity, msg }) => activity === 'finishRun' && msg === 'done'),
      ),
    );
    expect(lines().length).toBeGreaterThan(20);
    // People are told by a run of its own, whose id has this one's in it.
    for (const line of lines())
      expect([run, expect.stringContaining(`/${run}/`)]).toContainEqual(line.run);

    const summary = done.json() as BackupSummary;
    const of = lines().filter(({ backup }) => backup === summary.id);
    expect(of).toMatchObject([
      { level: 'info', msg: 'a backup begins', run, database: summary.database, kind: 'full' },
      {
        ...{ level: 'info', msg: 'a backup ended', run, state: 'proven', reason: null },
        ...{ path: summary.artifact!.path, bytes: summary.artifact!.bytes },
        copies: [{ uri: summary.copies[0]!.uri, state: 'good' }],
      },
    ]);
    expect(sessions).toEqual([expect.stringContaining(`pma-backup:${run} `)]);
  }, 60_000);

  test('its error, too', async () => {
    const { name } = service.database;
    await onCluster(`ALTER DATABASE "${name}" RENAME TO "${name}_away"`);
    log = '';
    const done = await service.cli('backup', '--json');
    await onCluster(`ALTER DATABASE "${name}_away" RENAME TO "${name}"`);
    expect(done.status).toBe(1);
    const run = runOf(done);
    await until('it is told to the end', () =>
      Promise.resolve(
        lines().some(({ activity, msg }) => activity === 'finishRun' && msg === 'done'),
      ),
    );
    for (const line of lines()) expect(line.run).toContain(run);
    const errors = lines().filter(
      ({ level, msg }) => level === 'error' && msg === 'a backup ended',
    );
    expect(errors).toMatchObject([
      { run, state: 'failed', reason: expect.stringContaining(`'${name}'`) as string },
    ]);
  }, 60_000);
});
