import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { BackupError } from '../errors.ts';
import { startServerProcess, type ServerProcess } from '../system/server-process.ts';

export interface EmbeddedTemporalOptions {
  /** The Temporal CLI, see `findTemporalCli`. */
  readonly cli: string;
  /** SQLite; undefined: all is forgotten when it stops. */
  readonly databaseFile?: string;
  readonly logFile: string;
  /** Taken when free, else any other (also when undefined). */
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly namespace?: string;
  readonly searchAttributes?: Readonly<Record<string, 'Keyword'>>;
  readonly retentionDays?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface EmbeddedTemporal {
  readonly address: string;
  readonly namespace: string;
  /** The URL of its web interface. */
  readonly ui: string;
  readonly pid: number | undefined;
  /** How it ended, when it did so by itself. */
  ending(): string | undefined;
  /** Resolves when the server has ended, by `stop` or by itself. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts a real Temporal server on loopback that ends with us. Throws `start_failed` with the tail of its log.
 */
export async function startTemporalServer(
  options: EmbeddedTemporalOptions,
): Promise<EmbeddedTemporal> {
  await makeParents([options.databaseFile, options.logFile]);
  for (let attempt = 1; ; attempt++) {
    const port = await freePort(options.port);
    const uiPort = await freePort(options.uiPort, port);
    const server = launch(options, port, uiPort);
    try {
      await answered(options, server, port);
      return embedded(options, server, port, uiPort);
    } catch (error) {
      const endedByItself = server.ending() !== undefined;
      await end(server);
      options.signal?.throwIfAborted();
      // Mostly somebody took a port between our look and its start; what it logs of it may come after its end.
      if (attempt < 3 && endedByItself) continue;
      throw error;
    }
  }
}

async function makeParents(files: readonly (string | undefined)[]): Promise<void> {
  for (const file of files) if (file) await mkdir(path.dirname(file), { recursive: true });
}

function embedded(
  options: EmbeddedTemporalOptions,
  server: ServerProcess,
  port: number,
  uiPort: number,
): EmbeddedTemporal {
  return {
    address: `127.0.0.1:${port}`,
    namespace: namespaceOf(options),
    ui: `http://127.0.0.1:${uiPort}`,
    pid: server.pid,
    ended: server.ended,
    ending: () => server.ending(),
    stop: () => end(server),
  };
}

function launch(options: EmbeddedTemporalOptions, port: number, uiPort: number): ServerProcess {
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--ui-ip', '127.0.0.1'];
  args.push('--port', String(port), '--ui-port', String(uiPort), '--log-level', 'warn');
  args.push('--namespace', namespaceOf(options));
  if (options.databaseFile !== undefined) args.push('--db-filename', options.databaseFile);
  for (const [name, type] of Object.entries(options.searchAttributes ?? {})) {
    args.push('--search-attribute', `${name}=${type}`);
  }
  return startServerProcess({
    program: options.cli,
    args,
    user: null,
    env: { GOGC: '40' }, // it has little to do: rather collect more often than hold as much garbage as live data
    logFile: options.logFile,
    deathSignal: 'TERM',
  });
}

function namespaceOf(options: EmbeddedTemporalOptions): string {
  return options.namespace ?? 'default';
}

/** The preferred port of loopback when nobody listens there, else one that is free. */
export async function freePort(preferred?: number, butNot?: number): Promise<number> {
  const port = await listenable(preferred === butNot ? 0 : (preferred ?? 0));
  return port === undefined || port === butNot ? freePort(undefined, butNot) : port;
}

function listenable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

async function answered(
  options: EmbeddedTemporalOptions,
  server: ServerProcess,
  port: number,
): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    options.signal?.throwIfAborted();
    const ready = await prepareNamespace(options, port);
    const ending = server.ending();
    if (ending !== undefined) throw startFailed(ending, server);
    if (ready) return;
    if (Date.now() > deadline) throw startFailed('no answer in 60 s', server);
    await Promise.race([sleep(100), server.ended]);
  }
}

/** Keeps closed workflows as long as the user may want to look at them; false while the server does not answer. */
async function prepareNamespace(options: EmbeddedTemporalOptions, port: number): Promise<boolean> {
  const namespace = namespaceOf(options);
  const seconds = (options.retentionDays ?? 90) * 86_400;
  let connection: Connection | undefined;
  try {
    connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 2000 });
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    if (Number(config?.workflowExecutionRetentionTtl?.seconds) !== seconds) {
      await connection.workflowService.updateNamespace({
        namespace,
        config: { workflowExecutionRetentionTtl: msToTs(seconds * 1000) },
      });
    }
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) || isConnectFailure(error)) return false;
    throw error;
  } finally {
    await connection?.close();
  }
}

function isConnectFailure(error: unknown): boolean {
  return error instanceof Error && /connect/i.test(error.message);
}

async function end(server: ServerProcess): Promise<void> {
  await server.end([
    ['SIGTERM', 20],
    ['SIGKILL', 10],
  ]);
}

function startFailed(why: string, server: ServerProcess): BackupError {
  return new BackupError('start_failed', `the Temporal server did not start: ${why}`, {
    hint: `see '${server.log.file}'`,
    detail: server.log.tail(),
  });
}
