import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
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
import { shellBlocks } from '../harness/shell-blocks.ts';
import { testTemporalCli } from '../harness/temporal.ts';

// A user copies these lines. Each is run as it stands, in the order of the documents, but for what names a place, an id or a time.
const documents = ['README.md', 'docs/runbook.md'];

/** What a line prints, by how it begins; the first that fits counts. */
const printed: readonly (readonly [string, RegExp])[] = [
  ['pma-backup status', /^shop +\d+ proven/m],
  ['pma-backup doctor', /^ok +program pg_dump: /m],
  ['pma-backup list', /^shop_full_\d{8}_\d{6} .* proven.* local good/m],
  ['pma-backup show ID --tables', /^public\.orders +500/m],
  ['pma-backup show', /^state +proven$/m],
  ['pma-backup hold', /is on hold by .*: incident$/m],
  ['pma-backup release', /is released$/m],
  ['pma-backup schedules pause', /^pma-backup\/shop\/(full|cleanup)$/m],
  ['pma-backup schedules resume', /^pma-backup\/shop\/(full|cleanup)$/m],
  ['pma-backup schedules trigger', /^pma-backup\/shop\/full$/m],
  ['pma-backup schedules', /^shop\/full +30 2 1 1 \* .* waiting/m],
  [
    'pma-backup restore latest --to shop --clean --dry-run',
    /^there +database .* is replaced when/m,
  ],
  ['pma-backup restore latest --to shop --clean', /^proof +proven$[^]*^kept +the old database/m],
  ['pma-backup restore', /^proof +proven$/m],
  ['pma-backup catalog rebuild', /^\d+ copies, \d+ proofs and \d+ holds in 'local'/m],
  ['pma-backup verify', /^compared +1 tables, 500 rows, 0 mismatches$/m],
  ['pma-backup check', /^shop_full_\d{8}_\d{6} +local +good +whole/m],
  ['pma-backup backup', /^state +proven$/m],
  ['pma-backup cleanup --dry-run', / kept: newest proven full$/m],
  ['pma-backup cleanup', /^deleted 0 copies, /m],
  ['pma-backup recovery-kit', /^# Recovery kit of PMA Backup/m],
  ['temporal workflow start', /^ +WorkflowId +\S/m],
  ['temporal workflow query', /"phase":"done"/],
  ['temporal workflow list', /^/],
  ['temporal workflow cancel', /^Canceled workflow$/m],
  ['temporal schedule list', /^ +pma-backup\/shop\/full /m],
  ['temporal schedule describe', /^ +OverlapPolicy +BufferOne$/m],
  ['temporal schedule trigger', /^Trigger request sent$/m],
  ['temporal schedule toggle', /^/],
  ['temporal schedule backfill', /^Backfill request sent$/m],
  ['sha256sum', /^[0-9a-f]{64} /m],
  ['zstd', /^/],
  ['psql', /^(SET|ALTER DATABASE)$/m],
  ['createdb', /^/],
  ['pg_restore', /^/],
];

/** Blocks that other tests show, or that none can, by document and heading. */
const elsewhere: Record<string, string> = {
  'README.md PMA Backup': 'test/e2e/once.test.ts',
  'CONTRIBUTING.md Contributing': '.ci/run',
  'docs/backups.md Kinds, modules, formats, retention': 'test/e2e/kinds.test.ts',
  'docs/off-site.md Off-site copies and encryption': 'test/unit/config/destinations.test.ts',
  'docs/restoring.md Restoring': 'test/e2e/restore.test.ts',
  'docs/restoring.md From nothing': 'test/e2e/offsite.test.ts',
  'docs/restoring.md Download': 'test/e2e/offsite.test.ts',
  'docs/speed.md Speed': 'scripts/bench.mjs',
};

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
  await until('no run is under way', async () => {
    const { count } = await workflow.count(`ExecutionStatus="Running"`);
    return count === 0;
  });
  const bad: string[] = [];
  for await (const { type, status } of workflow.list({ query: `ExecutionStatus!="Completed"` }))
    bad.push(`${type} ${status.name}`);
  return bad;
}

// What changes the database is not to meet a backup of it.
const needsQuiet = /restore|cancel/;

test.each(
  documents.flatMap((name) => shellBlocks(name)).filter((block) => !(keyOf(block) in elsewhere)),
)(
  'the lines of $document under "$heading" print what it says',
  async ({ commands }) => {
    for (const command of commands) {
      if (run.has(command) && !command.includes('WORKFLOW_ID')) continue;
      if (needsQuiet.test(command)) await untilIdle();
      const { status, output } = await shell(here(command));
      expect([command, status, output]).toEqual([command, 0, output]);
      lastRun = /WorkflowId +(\S+)/.exec(output)?.[1] ?? lastRun;
      const [, expected] = printed.find(([beginning]) => command.startsWith(beginning)) ?? [];
      expect(output, command).toMatch(expected ?? `what this test says that '${command}' prints`);
      run.add(command);
    }
    expect(await untilIdle()).toEqual([]);
  },
  120_000,
);

test('every block of shell commands in the documents is run, here or by the test that is named', () => {
  const root = new URL('../../', import.meta.url);
  const all = ['.', 'docs'].flatMap((directory) =>
    readdirSync(new URL(directory, root))
      .filter((name) => name.endsWith('.md'))
      .map((name) => path.join(directory, name)),
  );
  const blocks = all
    .filter((name) => name !== 'docs/restore-by-hand.md') // integration/postgres/restore-by-hand.test.ts
    .flatMap((name) => shellBlocks(name));
  const missing = blocks.filter(({ commands }) => commands.some((command) => !run.has(command)));
  expect([...new Set(missing.map(keyOf))].sort()).toEqual(Object.keys(elsewhere).sort());
  for (const file of Object.values(elsewhere))
    expect(existsSync(new URL(file, root)), file).toBe(true);
});

function keyOf({ document, heading }: { document: string; heading: string }): string {
  return `${document} ${heading}`;
}
