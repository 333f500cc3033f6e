import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../src/secret.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';
import { createTestService, databaseUrl, ended, type TestService } from '../harness/service.ts';

const password = 'p4ssw0rd-never-to-be-seen';
let identity: string;
let database: TestDatabase;
let service: TestService;

beforeAll(async () => {
  database = await createTestDatabase('secret');
  const client = await database.connect();
  await client.query(
    `CREATE ROLE ${pg.escapeIdentifier(database.name)} LOGIN SUPERUSER PASSWORD '${password}'`,
  );
  await client.query('CREATE TABLE t AS SELECT generate_series(1, 100000) AS n');
  await client.end();
  const connection = {
    ...database.connection,
    user: database.name,
    password: new Secret(password),
  };
  identity = await generateIdentity();
  service = await createTestService({
    DATABASE_URL: databaseUrl(connection),
    LOG_LEVEL: 'debug',
    BACKUP_AGE_RECIPIENTS: await identityToRecipient(identity),
    BACKUP_AGE_IDENTITY: identity,
  });
}, 180_000);

afterAll(async () => {
  await service.close();
  const client = await database.connect();
  await client.query(`DROP OWNED BY ${pg.escapeIdentifier(database.name)}`);
  await client.query(`DROP ROLE ${pg.escapeIdentifier(database.name)}`);
  await client.end();
  await database.drop();
});

it('shows password and private key in no process list, environment of a child, history, log, error, catalog or file', async () => {
  const secrets = [password, identity];
  const leaked = (text: string) => secrets.filter((secret) => text.includes(secret));
  const worker = await service.startWorker();
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  worker.stdout?.on('data', collect);
  worker.stderr?.on('data', collect);
  const run = service.spawnCli('backup', '--json');
  run.stdout?.on('data', collect);
  run.stderr?.on('data', collect);
  const seen = new Set<string>();
  while (run.exitCode === null && run.signalCode === null) {
    for (const line of await childrenOf(worker.pid!)) seen.add(line);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await ended(run);
  expect(run.exitCode, output).toBe(0);
  expect([...seen].some((line) => line.includes('pg_dump'))).toBe(true);
  expect([...seen].filter((line) => leaked(line).length > 0)).toEqual([]);
  expect(leaked(output)).toEqual([]);

  const failed = await service.program('backup', '--kind', 'incremental');
  expect(leaked(failed.stdout + failed.stderr)).toEqual([]);
  for await (const { workflowId, runId } of service.client.workflow.list()) {
    const history = await service.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const payloads = JSON.stringify(history, (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(leaked(payloads)).toEqual([]);
  }
  for (const text of await textsBelow(service.stateDirectory)) expect(leaked(text)).toEqual([]);
}, 180_000);

// Command lines and environments of all processes below one; a fork that has not become its program yet still has ours.
async function childrenOf(root: number): Promise<string[]> {
  const found: string[] = [];
  const own = await read(`/proc/${root}/cmdline`);
  const parents = new Set([root]);
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    const parent = Number((await read(`/proc/${pid}/stat`)).replace(/^.*\) /s, '').split(' ')[1]);
    if (!parents.has(parent)) continue;
    parents.add(pid);
    const command = await read(`/proc/${pid}/cmdline`);
    if (command !== own) found.push(command + (await read(`/proc/${pid}/environ`)));
  }
  return found;
}

async function textsBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(files.map((file) => read(path.join(file.parentPath, file.name))));
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch {
    return ''; // it ended
  }
}
