import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { findServerPrograms } from '../../src/postgres/programs.ts';
import { makeSchedules } from '../../src/service/schedules.ts';
import { loadSettings } from '../../src/config.ts';
import type { World } from '../../src/service/world.ts';
import { onCluster, testDatabase } from '../harness/postgres.ts';
import {
  createTestServiceFor,
  databaseUrl,
  until,
  type ServiceWithDatabase,
} from '../harness/service.ts';
import { blocksToRun, expectedOutput } from '../harness/documented-lines.ts';
import { testTemporalCli } from '../harness/temporal.ts';

// A user copies these lines. Each is run as it stands, in the order of the documents, but for what names a place, an id or a time.
const run = new Set<string>();
let service: ServiceWithDatabase;
let environment: Record<string, string>;
let backup: BackupSummary;
let lastRun = '';

beforeAll(async () => {
  service = await createTestServiceFor(
    'documents',
    `CREATE TABLE orders (id int PRIMARY KEY, note text);
     INSERT INTO orders SELECT n, 'order ' || n FROM generate_series(1, 500) n;`,
  );
  await configure();
  await service.startWorker();
  const done = await service.cli('backup', 'shop', '--json');
  expect(done.status, done.stderr).toBe(0);
  backup = done.json() as BackupSummary;
}, 120_000);

afterAll(async () => {
  await service.close();
  const mine = await onCluster<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname LIKE '${service.database.name}%'`,
  );
  for (const { name } of mine) await testDatabase(name).drop();
});

/** One database by the name of the documents, its schedules, and our programs in the PATH. */
async function configure(): Promise<void> {
  const { stateDirectory, database } = service;
  const programs = path.join(stateDirectory, 'programs');
  const file = path.join(stateDirectory, 'settings.yaml');
  await mkdir(programs);
  const program = fileURLToPath(new URL('../../bin/pma-backup', import.meta.url));
  await symlink(program, path.join(programs, 'pma-backup'));
  await symlink(await testTemporalCli(), path.join(programs, 'temporal'));
  const url = databaseUrl(database.connection);
  const settings = { timeZone: 'UTC', schedule: '30 2 1 1 *', databases: [{ name: 'shop', url }] };
  await writeFile(file, stringify(settings));
  service.environment['PMA_CONFIG'] = file;
  delete service.environment['DATABASE_URL'];
  const { host, port, user } = database.connection;
  const { directory } = await findServerPrograms();
  environment = {
    ...service.environment,
    PATH: [programs, directory, service.environment['PATH']].join(':'),
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
  };
  const temporal = { client: service.client } as World['temporal'];
  await makeSchedules({ settings: loadSettings({ environment: service.environment }), temporal });
}

function here(command: string): string {
  const { connection, name } = service.database;
  const text = command
    .replace(/postgres:\/\/[^/]*\/shop(_\w+)/, (_, end: string) => {
      const url = databaseUrl({ ...connection, database: `${name}${end}` });
      return `'${url}'`;
    })
    .replace('2026-03-02 00:00', '2099-01-01 00:00')
    .replaceAll('shop_full_20260301_160000', backup.id)
    .replaceAll('shop_restored', `${name}_by_hand`)
    .replaceAll(/\bWORKFLOW_ID\b/g, lastRun)
    .replaceAll(/\bID\b/g, backup.id);
  // Nobody sits at a terminal to type the name.
  return /--clean(?!.*--(yes|dry-run))/.test(text) ? `${text} --yes` : text;
}

function shell(command: string): Promise<{ status: number; output: string }> {
  const cwd = path.join(service.stateDirectory, 'backups', 'shop');
  return new Promise((resolve) => {
    execFile('sh', ['-c', command], { env: environment, cwd }, (error, stdout, stderr) =>
      resolve({ status: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

/** Waits until nothing runs, and says which runs did not end well. */
async function untilIdle(): Promise<string[]> {
  const { workflow } = service.client;
  await until(
    'no run is under way',
    async () => {
      const { count } = await workflow.count(`ExecutionStatus="Running"`);
      return count === 0;
    },
    240,
  ); // a self-test is many backups
  const bad: string[] = [];
  for await (const { type, status } of workflow.list({ query: `ExecutionStatus!="Completed"` }))
    bad.push(`${type} ${status.name}`);
  return bad;
}

// What replaces the database is not to meet a backup of it; and a run that is over has ended its last phase.
const needsQuiet = /restore|query/;

test.each(blocksToRun())(
  'lines of $document under $heading print what they should',
  async ({ commands }) => {
    for (const command of commands) {
      if (run.has(command) && !command.includes('WORKFLOW_ID')) continue;
      if (needsQuiet.test(command)) await untilIdle();
      const { status, output } = await shell(here(command));
      expect([command, status, output]).toEqual([command, 0, output]);
      lastRun = /WorkflowId +(\S+)/.exec(output)?.[1] ?? lastRun;
      expect(output, command).toMatch(expectedOutput(command)!);
      run.add(command);
    }
    expect(await untilIdle()).toEqual([]);
  },
  400_000,
);
