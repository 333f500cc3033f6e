import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { BackupError } from '../errors.ts';
import { ensurePrivateDirectory, giveTo, removeTree } from '../system/files.ts';
import { tryLock } from '../system/lock.ts';
import type { OsUser } from '../system/os-user.ts';
import { runProgram } from '../system/program.ts';
import { startServerProcess, type ServerProcess } from '../system/server-process.ts';
import { clearLeftoverServer } from './leftover-server.ts';
import type { Connection } from './connection.ts';
import { findServerPrograms, type ServerPrograms } from './programs.ts';

export { clusterPaths } from './cluster-places.ts';

export interface ClusterOptions {
  /** The data directory; made and initialised when it does not exist. */
  readonly directory: string;
  /** A short private directory, see `socketDirectoryFor`: a socket's path has at most 107 bytes. */
  readonly socketDirectory: string;
  /** Whom the server runs as; null: as ourselves. */
  readonly user: OsUser | null;
  /** Only names the socket: nothing listens on the network. */
  readonly port?: number;
  readonly configuration?: Readonly<Record<string, string>>;
  /** Seconds, crash recovery included. */
  readonly startTimeout?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Cluster {
  /** As in `server_version_num`. */
  readonly version: number;
  readonly directory: string;
  readonly logFile: string;
  /** The superuser's connection to one of its databases. */
  connection(database: string): Connection;
  /** Fast shutdown; returns when the server is gone. */
  stop(): Promise<void>;
  /** Kills the server and all its sessions without a checkpoint; for data that is thrown away. */
  kill(): Promise<void>;
}

const defaults = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  shared_buffers: '32MB',
  max_connections: '50',
};

/**
 * Starts a PostgreSQL server of our own: reached through its unix socket only, by its user and root only, and gone
 * when this process ends, however it ends. Throws `conflict` when another process of ours runs it, `program_missing`,
 * or `start_failed` with the tail of the server's log.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { directory, socketDirectory, user } = options;
  await mkdir(path.dirname(directory), { recursive: true });
  const lock = tryLock(`${directory}.lock`);
  if (!lock) throw new BackupError('conflict', `'${directory}' is in use by another process`);
  try {
    const programs = await findServerPrograms(await majorOf(directory));
    if (!existsSync(path.join(directory, 'PG_VERSION'))) await initialise(programs, options);
    await ensurePrivateDirectory(socketDirectory, user);
    await clearLeftoverServer(directory, options.signal);
    const server = await launch(programs, options);
    return clusterOf(options, server, () => lock.release());
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Server {
  readonly process: ServerProcess;
  readonly version: number;
}

function clusterOf(options: ClusterOptions, server: Server, release: () => void): Cluster {
  return {
    version: server.version,
    directory: options.directory,
    logFile: server.process.log.file,
    connection: (database) => connectionTo(options, database),
    async stop() {
      await server.process.end([['SIGINT', 60], ...killing]);
      await removeIfEmpty(options.socketDirectory);
      release();
    },
    async kill() {
      await server.process.end(killing);
      await removeIfEmpty(options.socketDirectory);
      release();
    },
  };
}

const killing: [NodeJS.Signals, number][] = [
  ['SIGQUIT', 10], // "immediate shutdown"
  ['SIGKILL', 10],
];

async function removeIfEmpty(directory: string): Promise<void> {
  await rmdir(directory).catch(() => undefined); // best effort: it is made anew at the next start
}

async function majorOf(directory: string): Promise<number | undefined> {
  const file = path.join(directory, 'PG_VERSION');
  return existsSync(file) ? Number.parseInt(await readFile(file, 'utf8'), 10) : undefined;
}

// Beside its place and renamed when whole: a kill in between leaves nothing that looks like a cluster.
async function initialise(programs: ServerPrograms, options: ClusterOptions): Promise<void> {
  const unfinished = `${options.directory}.new`;
  await removeTree(unfinished);
  await mkdir(unfinished, { mode: 0o700 });
  await giveTo(unfinished, options.user);
  const args = ['--pgdata', unfinished, '--username=postgres', '--encoding=UTF8'];
  args.push(`--locale=${process.platform === 'linux' ? 'C.UTF-8' : 'C'}`);
  args.push('--auth-local=trust', '--auth-host=reject', '--no-instructions');
  if (options.configuration?.['fsync'] === 'off') args.push('--no-sync');
  await runProgram(path.join(programs.directory, 'initdb'), args, {
    cwd: '/',
    user: options.user,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  await removeTree(options.directory);
  await rename(unfinished, options.directory);
}

async function launch(programs: ServerPrograms, options: ClusterOptions): Promise<Server> {
  const server = startServerProcess({
    program: path.join(programs.directory, 'postgres'),
    args: ['-D', options.directory, ...settings(options)],
    user: options.user,
    logFile: `${options.directory}.log`,
    deathSignal: 'INT',
  });
  try {
    return { process: server, version: await answered(options, server) };
  } catch (error) {
    await server.end(killing);
    throw error;
  }
}

function settings(options: ClusterOptions): string[] {
  const all = {
    ...defaults,
    port: String(options.port ?? 5432),
    unix_socket_directories: options.socketDirectory,
    ...options.configuration,
  };
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function answered(options: ClusterOptions, server: ServerProcess): Promise<number> {
  const seconds = options.startTimeout ?? 300;
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    options.signal?.throwIfAborted();
    const version = await askVersion(connectionTo(options, 'postgres'));
    if (version !== undefined) return version;
    const ending = server.ending();
    if (ending !== undefined) throw startFailed(options.directory, ending, server);
    if (Date.now() > deadline) {
      throw startFailed(options.directory, `no answer in ${seconds} s`, server);
    }
    await Promise.race([sleep(50), server.ended]);
  }
}

async function askVersion(connection: Connection): Promise<number | undefined> {
  const { host, port, user, database } = connection;
  const client = new pg.Client({ host, port, user, database, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // the query below tells
  try {
    await client.connect();
    const { rows } = await client.query<{ version: number }>(
      `SELECT current_setting('server_version_num')::int AS version`,
    );
    return rows[0]?.version;
  } catch {
    return undefined; // not yet: no socket, or "the database system is starting up"
  } finally {
    await client.end().catch(() => undefined);
  }
}

function connectionTo(options: ClusterOptions, database: string): Connection {
  return {
    host: options.socketDirectory,
    port: options.port ?? 5432,
    user: 'postgres',
    database,
    password: null,
    passfile: null,
    sslmode: 'disable',
    sslrootcert: null,
    sslcert: null,
    sslkey: null,
    options: null,
    connectTimeout: 30,
  };
}

function startFailed(directory: string, why: string, server: ServerProcess): BackupError {
  const message = `PostgreSQL in '${directory}' did not start: ${why}`;
  return new BackupError('start_failed', message, {
    hint: `see '${server.log.file}'`,
    detail: server.log.tail(),
  });
}
