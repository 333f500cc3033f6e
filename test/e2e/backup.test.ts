import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Proof } from '../../src/domain/proof.ts';
import type { TestDatabase } from '../harness/postgres.ts';
import {
  createTestServiceFor,
  type ServiceWithDatabase,
  ended,
  untilRunIn,
} from '../harness/service.ts';

let database: TestDatabase;
let service: ServiceWithDatabase;

beforeAll(async () => {
  service = await createTestServiceFor(
    'shop',
    `
    CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
    INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 5000) n;
    CREATE SEQUENCE invoice_numbers; SELECT nextval('invoice_numbers');
  `,
  );
  ({ database } = service);
  await service.startWorker();
}, 180_000);

afterAll(() => service.close());

const name = () => database.name.replaceAll('_', '-');

describe('a full backup of a running service', () => {
  it('is proven, and the JSON says where it is', async () => {
    const done = await service.program('backup', '--json');
    expect(done.stderr).not.toContain('error');
    const summary = done.json() as BackupSummary;
    expect(summary).toMatchObject({
      kind: 'full',
      database: name(),
      module: null,
      state: 'proven',
      base: null,
      reason: null,
      copies: [{ destination: 'local', state: 'good' }],
      proof: { state: 'proven', tables: 1, rows: 5000, mismatches: 0, reason: null },
    });
    expect(done.status).toBe(0);
    const files = await readdir(path.join(service.stateDirectory, 'backups', name()));
    expect(files.filter((file) => file.startsWith(summary.id))).toHaveLength(4);
    const { dumped, sealed, proven, total } = summary.timings;
    expect(dumped! < sealed! && sealed! < proven! && proven! < total!).toBe(true);
  });

  it('can be started by the Temporal CLI without any input', async () => {
    const done = await service.temporal(
      ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'backup'],
      ...['--workflow-id', 'by-hand', '--output', 'json'],
    );
    expect(done.status, done.stderr).toBe(0);
    expect(done.stdout).toContain('"proven"');
    const query = await service.temporal(
      ...['workflow', 'query', '--workflow-id', 'by-hand', '--type', 'progress'],
    );
    expect(query.stdout).toContain('done');
  });

  it('answers a mistyped kind, field or workflow type at once', async () => {
    for (const [type, input] of [
      ['backup', '{"kind":"ful"}'],
      ['backup', '{"databse":"x"}'],
      ['bakcup', '{}'],
    ] as const) {
      const done = await service.temporal(
        ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', type, '-i', input],
      );
      expect(done.status).not.toBe(0);
      expect(done.stdout + done.stderr).toMatch(
        /unknown (kind 'ful'|field 'databse'|workflow type 'bakcup')/,
      );
    }
    expect((await service.cli('backup', 'nosuch', '--json')).status).toBe(4);
  });

  it('lets two runs of one database take turns', async () => {
    const runs = await Promise.all([
      service.cli('backup', '--json'),
      service.temporal(
        ...['workflow', 'execute', '--task-queue', 'pma-backup', '--type', 'backup'],
        ...['--output', 'json'],
      ),
    ]);
    expect(runs.map((run) => run.status)).toEqual([0, 0]);
  });

  it('is found again by list, show, status, check and verify', async () => {
    const [newest] = (await service.cli('list', '--json')).json() as BackupSummary[];
    expect(newest?.state).toBe('proven');
    const shown = await service.cli('show', newest!.id, '--json');
    expect(shown.json() as BackupSummary).toEqual(newest);
    const status = (await service.cli('status', '--json')).json() as {
      databases: { name: string; newestProven: { id: string } | null }[];
    };
    expect(status.databases[0]).toMatchObject({ name: name(), newestProven: { id: newest!.id } });
    expect((await service.cli('check', newest!.id)).status).toBe(0);
    expect((await service.cli('verify', 'latest')).status).toBe(0);
    expect((await service.cli('show', 'nosuch_full_20260101_000000')).status).toBe(4);
  });
});

describe('a damaged copy', () => {
  it('is found by check and by a test restore, which then make nothing proven', async () => {
    const summary = (await service.cli('backup', '--json')).json() as BackupSummary;
    const { path: file } = summary.artifact!;
    const bytes = await readFile(file);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = bytes[middle]! ^ 1;
    await writeFile(file, bytes);
    const test = await service.cli('verify', summary.id);
    expect(test.status).toBe(1);
    expect(test.stderr).toContain('is damaged');
    const check = await service.cli('check', summary.id);
    expect(check.status).toBe(1);
    const shown = (await service.cli('show', summary.id, '--json')).json() as BackupSummary;
    expect(shown.copies[0]?.state).toBe('damaged');
    const status = await service.cli('status', '--json');
    expect(status.stdout).toContain(`the copy of backup '${summary.id}'`);
  });
});

describe('a proof', () => {
  it('lies beside the artifact and names every table', async () => {
    const directory = path.join(service.stateDirectory, 'backups', name());
    const file = (await readdir(directory)).find((one) => one.includes('.proof.'));
    const proof = JSON.parse(await readFile(path.join(directory, file!), 'utf8')) as Proof;
    expect(proof.tables).toMatchObject([{ schema: 'public', table: 'customers', equal: true }]);
    expect(proof.sequences).toMatchObject([{ sequence: 'invoice_numbers', equal: true }]);
  });
});

describe('cancelling', () => {
  it.each(['dump', 'compress', 'verify'])(
    'a run during %s leaves nothing behind',
    async (phase) => {
      const client = new pg.Client({ ...clientOptions(), application_name: 'blocker' });
      await client.connect();
      const child = service.spawnCli('backup', '--json');
      const handle = await untilRunIn(service.client, phase);
      const canceled = await service.temporal('workflow', 'cancel', '-w', handle.workflowId);
      expect(canceled.status).toBe(0);
      await ended(child);
      expect((await handle.describe()).status.name).toBe('CANCELLED');
      expect(child.exitCode).toBe(130);
      expect(await readdir(path.join(service.stateDirectory, 'work'))).toEqual([]);
      const { rows } = await client.query(
        `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE 'pma-backup%'`,
        [database.name],
      );
      expect(rows).toEqual([]);
      await client.end();
    },
  );
});

function clientOptions() {
  const { host, port, user } = database.connection;
  return { host, port, user, database: database.name };
}
