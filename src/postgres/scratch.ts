import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BackupError } from '../errors.ts';
import { removeTree } from '../system/files.ts';
import { tryLock, type Lock } from '../system/lock.ts';
import type { OsUser } from '../system/os-user.ts';
import { canEnter } from './cluster-places.ts';
import { startCluster, type Cluster } from './cluster.ts';
import type { Connection } from './connection.ts';
import { clearLeftoverServer } from './leftover-server.ts';

export interface ScratchOptions {
  /** On a disk that can hold the restored databases; its user must be able to enter it. */
  readonly parentDirectory?: string;
  /** Whom the server, and so the restored functions, run as; null: as ourselves. */
  readonly user: OsUser | null;
  /** How many sessions restore at once. */
  readonly jobs: number;
  /** What it may use, in MiB. */
  readonly memory: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ScratchServer {
  /** Superuser, database `postgres`. */
  readonly connection: Connection;
  readonly directory: string;
  /** As in `server_version_num`. */
  readonly version: number;
  /** Kills it at once and removes all it held. */
  stop(): Promise<void>;
  /** Shuts it down in order and moves all it held to another directory of the same parent, whose lock is the caller's. */
  moveTo(target: string): Promise<void>;
}

const prefix = 'pma-scratch-';

/**
 * Starts a throw-away server that trades all safety for speed. It ends with us; what a killed run leaves on disk is
 * removed by `removeStaleScratchServers`.
 */
export async function startScratchServer(options: ScratchOptions): Promise<ScratchServer> {
  const { directory, lock } = await makeDirectory(options);
  let cluster: Cluster;
  try {
    cluster = await startScratchCluster(directory, options);
  } catch (error) {
    await remove(directory, lock);
    throw error;
  }
  return {
    connection: cluster.connection('postgres'),
    directory,
    version: cluster.version,
    async stop() {
      await cluster.kill();
      await remove(directory, lock);
    },
    async moveTo(target) {
      await cluster.stop();
      await rename(directory, target);
      lock.release({ remove: true });
    },
  };
}

/** The server of a directory that holds one, or will. */
export function startScratchCluster(directory: string, options: ScratchOptions): Promise<Cluster> {
  return startCluster({
    directory: path.join(directory, 'data'),
    socketDirectory: path.join(directory, 's'),
    user: options.user,
    configuration: configuration(options),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** Removes what killed runs left below this parent, and gives the names of what it removed. */
export async function removeStaleScratchServers(parentDirectory = tmpdir()): Promise<string[]> {
  const removed: string[] = [];
  for (const name of ourNames(parentDirectory, prefix)) {
    const directory = path.join(parentDirectory, name);
    const lock = tryLock(lockFile(directory));
    if (!lock) continue; // its maker lives
    await clearLeftoverServer(path.join(directory, 'data'), undefined, { immediately: true });
    await remove(directory, lock);
    removed.push(name);
  }
  return removed;
}

async function makeDirectory({
  parentDirectory = tmpdir(),
  user,
}: ScratchOptions): Promise<{ directory: string; lock: Lock }> {
  if (!(await canEnter(parentDirectory, user))) {
    throw new BackupError(
      'start_failed',
      `user '${user?.name ?? ''}' cannot enter '${parentDirectory}'`,
      {
        hint: 'use a directory that others may enter (mode 711 and above, with its parents)',
      },
    );
  }
  const directory = path.join(parentDirectory, prefix + randomBytes(5).toString('hex'));
  const lock = tryLock(lockFile(directory)); // before the directory: one without a locked file is stale
  if (!lock) throw new BackupError('conflict', `'${directory}' is in use`);
  await mkdir(directory, { mode: 0o711 });
  return { directory, lock };
}

function lockFile(directory: string): string {
  return `${directory}.lock`;
}

async function remove(directory: string, lock: Lock): Promise<void> {
  await removeTree(directory);
  lock.release({ remove: true });
}

/** Ours only: in a directory that all may write to, somebody else may have laid something of that name. */
export function ourNames(parent: string, prefix: string): string[] {
  const ours = readdirSync(parent)
    .filter((name) => name.startsWith(prefix))
    .filter((name) => {
      const entry = lstatSync(path.join(parent, name), { throwIfNoEntry: false });
      return entry?.uid === process.getuid?.() && (entry?.isDirectory() || entry?.isFile());
    });
  return [...new Set(ours.map((name) => name.replace(/\.lock$/, '')))];
}

function configuration({ jobs, memory }: ScratchOptions): Record<string, string> {
  const megabytes = (share: number, least: number): string =>
    `${Math.max(least, Math.floor(memory * share))}MB`;
  return {
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    autovacuum: 'off',
    wal_level: 'minimal',
    max_wal_senders: '0',
    wal_compression: 'off',
    max_wal_size: '2GB',
    checkpoint_timeout: '1h',
    shared_buffers: megabytes(0.25, 32),
    maintenance_work_mem: megabytes(0.5 / (jobs + 1), 32),
    work_mem: megabytes(0.1 / (jobs + 1), 4),
    max_connections: String(jobs * 2 + 20),
    max_locks_per_transaction: '1024',
    jit: 'off',
    restart_after_crash: 'off',
    log_min_messages: 'fatal',
    // Files in the data directory: /dev/shm is tiny in containers, and a parallel index build needs much.
    dynamic_shared_memory_type: 'mmap',
  };
}
