import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomBytes } from 'node:crypto';
import { Client, Connection as TemporalConnection, type WorkflowHandle } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import type { Connection } from '../../src/postgres/connection.ts';
import { removeTree } from '../../src/system/files.ts';
import { createTestDatabase, type TestDatabase } from './postgres.ts';
import { recordHistories } from './record-histories.ts';
import { result, runInProcess, type CliResult } from './run-in-process.ts';
import { testTemporal, testTemporalCli } from './temporal.ts';

export type { CliResult };

/** Our program as a user has it, with a state directory, a namespace and a catalog of its own on the shared servers. */
export interface TestService {
  readonly stateDirectory: string;
  readonly environment: Record<string, string>;
  readonly client: Client;
  /** Starts `worker`, by another program if given, and waits until it takes tasks. */
  startWorker(launcher?: readonly string[]): Promise<ChildProcess>;
  /** A command line in our own process, with the environment of now. */
  cli(...args: string[]): Promise<CliResult>;
  /** The same as a user has it: the program, run. */
  program(...args: string[]): Promise<CliResult>;
  /** The CLI without waiting for its end. */
  spawnCli(...args: string[]): ChildProcess;
  temporal(...args: string[]): Promise<CliResult>;
  close(): Promise<void>;
}

export interface ServiceWithDatabase extends TestService {
  readonly database: TestDatabase;
}

const program = fileURLToPath(new URL('../../bin/pma-backup', import.meta.url));

/** A service for one test file; the database's URL and further settings are given as environment variables. */
export async function createTestService(environment: Record<string, string>): Promise<TestService> {
  const stateDirectory = await mkdtemp(path.join(tmpdir(), 'pma-service-'));
  const catalog = await createTestDatabase('catalog');
  const { address } = testTemporal();
  const namespace = `test-${randomBytes(4).toString('hex')}`;
  const temporalCli = await testTemporalCli();
  const connection = await TemporalConnection.connect({ address });
  const client = new Client({ connection, namespace });
  await createNamespace(client);
  const own = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/',
    TMPDIR: tmpdir(),
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    CATALOG_DATABASE_URL: databaseUrl(catalog.connection),
    PMA_STATE_DIR: stateDirectory,
    ...environment,
  };
  const children: ChildProcess[] = [];
  const start = ([file = program, ...args]: readonly string[]) => {
    const child = spawn(file, args, { env: own, stdio: ['ignore', 'pipe', 'pipe'] });
    children.push(child);
    return child;
  };
  const spawnCli = (...args: string[]) => start([program, ...args]);
  return {
    stateDirectory,
    environment: own,
    client,
    startWorker: async (launcher = []) => {
      // Without the flags in its first line, which give time for memory that a test does not lack.
      const child = start([...launcher, process.execPath, program, 'worker']);
      await untilOutput(child, /working for Temporal/);
      return child;
    },
    cli: (...args) => runInProcess(args, own),
    program: (...args) => run(program, args, own),
    spawnCli,
    temporal: (...args) =>
      run(temporalCli, [...args, '--address', address, '--namespace', namespace], own),
    close: async () => {
      await Promise.all(children.map(stopChild));
      await recordHistories(client);
      await connection.close();
      await catalog.drop();
      await removeTree(stateDirectory);
    },
  };
}

/** A service that protects one database, made by this SQL; both are gone after `close`. */
export async function createTestServiceFor(
  label: string,
  sql: string,
  environment: Record<string, string> = {},
): Promise<ServiceWithDatabase> {
  const database = await createTestDatabase(label);
  const client = await database.connect();
  await client.query(sql);
  await client.end();
  const service = await createTestService({
    DATABASE_URL: databaseUrl(database.connection),
    ...environment,
  });
  const close = async () => {
    await service.close();
    await database.drop();
  };
  return { ...service, database, close };
}

/** A connection as a URL, for the settings. */
export function databaseUrl({ host, port, user, database, password }: Connection): string {
  const secret = password === null ? '' : `:${encodeURIComponent(password.reveal())}`;
  const place = host.startsWith('/') ? '' : host;
  const query = host.startsWith('/') ? `?host=${encodeURIComponent(host)}&port=${port}` : '';
  const at = place === '' ? '' : `${place}:${port}`;
  return `postgres://${encodeURIComponent(user)}${secret}@${at}/${encodeURIComponent(database)}${query}`;
}

/** Waits until a child has printed something that matches; fails with its output when it ends before. */
export async function untilOutput(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = '';
  const collect = (chunk: Buffer) => {
    text += chunk.toString();
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  for (let tries = 0; tries < 3600; tries++) {
    if (pattern.test(text)) return text;
    if (child.exitCode !== null || child.signalCode !== null) break;
    await sleep(50);
  }
  throw new Error(`expected output like ${String(pattern)}, got: ${text}`);
}

/** Polls until the condition gives something. */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false>,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    await sleep(50);
  }
  throw new Error(`waited ${seconds} s in vain until ${what}`);
}

/** The one run that is under way, once it is in an activity of that name. */
export async function untilRunIn(client: Client, activity: string): Promise<WorkflowHandle> {
  return until(`a run is in '${activity}'`, async () => {
    for await (const run of client.workflow.list({ query: `ExecutionStatus="Running"` })) {
      const handle = client.workflow.getHandle(run.workflowId, run.runId);
      const { pendingActivities } = (await handle.describe()).raw;
      const found = pendingActivities?.some(({ activityType }) => activityType?.name === activity);
      if (found) return handle;
    }
    return undefined;
  });
}

/** Resolves when a child has ended. */
export async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await ended(child);
  clearTimeout(late);
}

async function createNamespace(client: Client): Promise<void> {
  await client.workflowService.registerNamespace({
    namespace: client.options.namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  // The server's caches learn of a namespace within seconds; until then everything in it is refused.
  await until('the namespace is known', async () => {
    try {
      await client.workflow.count();
      return true;
    } catch {
      return false;
    }
  });
}

function run(file: string, args: string[], env: Record<string, string>): Promise<CliResult> {
  return new Promise((resolve) => {
    execFile(file, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve(result(status, stdout, stderr));
    });
  });
}
