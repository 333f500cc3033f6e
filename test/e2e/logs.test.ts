import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
     INSERT INTO readings SELECT n, md5(n::text) FROM generate_series(1, 200000) n;`,
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

/** How the settings name the database: it stands in the ids of its runs. */
const series = () => service.database.name.replaceAll('_', '-');

/** The run that the command says it started. */
function runOf({ stderr }: CliResult): string {
  return /started '(.+)'/.exec(stderr)![1]!;
}

/** What was seen while a command ran: names of sessions on the source, programs that know of a run. */
interface Seen {
  readonly sessions: Set<string>;
  readonly programs: Map<string, Set<string>>;
}

async function watching<T>(work: Promise<T>): Promise<[T, Seen]> {
  const seen: Seen = { sessions: new Set(), programs: new Map() };
  let over = false;
  const watch = async () => {
    while (!over) {
      await lookAt(seen);
      await sleep(20);
    }
  };
  const [result] = await Promise.all([work.finally(() => (over = true)), watch()]);
  return [result, seen];
}

async function lookAt({ sessions, programs }: Seen): Promise<void> {
  const found = await onCluster<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE datname = '${service.database.name}'`,
  );
  for (const { name } of found) sessions.add(name);
  for (const pid of (await readdir('/proc')).filter((each) => /^\d+$/.test(each))) {
    const read = (file: string) => readFile(path.join('/proc', pid, file), 'utf8').catch(() => '');
    const run = /(?:^|\0)PMA_RUN=([^\0]*)/.exec(await read('environ'))?.[1];
    if (!run?.includes(series())) continue; // another test's
    const name = (await read('comm')).trim();
    programs.set(name, (programs.get(name) ?? new Set()).add(run));
  }
}

describe('one id leads through all that a run does', () => {
  test('its log, its sessions on the source, and its programs', async () => {
    const [done, { sessions, programs }] = await watching(service.cli('backup', '--json'));
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

    expect(sessions).toContain(`pma-backup:${run}`);
    for (const name of sessions) {
      if (name.startsWith('pma-backup:')) expect(name).toContain(run);
    }
    expect([...programs.keys()]).toEqual(expect.arrayContaining(['pg_dump', 'postgres']));
    for (const runs of programs.values()) expect([...runs]).toEqual([run]);
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
