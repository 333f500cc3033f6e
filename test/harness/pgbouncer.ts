import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Connection } from '../../src/postgres/connection.ts';
import { clusterUser } from '../../src/system/os-user.ts';
import { until } from './dump.ts';

/** Debian's package `pgbouncer` brings it, in a directory that is not on every PATH. */
const program = '/usr/sbin/pgbouncer';

export interface Pooler {
  readonly connection: Connection;
  stop(): Promise<void>;
}

export function hasPgbouncer(): boolean {
  return existsSync(program);
}

/** Starts PgBouncer before a server: everybody gets in. */
export async function startPgbouncer(
  server: Connection,
  mode: 'session' | 'transaction',
  more: readonly string[] = [],
): Promise<Pooler> {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-pooler-'));
  const user = clusterUser();
  if (user) await chown(directory, user.uid, user.gid);
  await chmod(directory, 0o755);
  const port = 6432; // of a socket in a directory of its own
  const settings = [
    '[databases]',
    `* = host=${server.host} port=${server.port} user=${server.user}`,
    '[pgbouncer]',
    ...['listen_addr =', `listen_port = ${port}`, `unix_socket_dir = ${directory}`],
    ...['auth_type = any', `pool_mode = ${mode}`, ...more],
  ];
  const file = path.join(directory, 'pgbouncer.ini');
  await writeFile(file, `${settings.join('\n')}\n`, { mode: 0o644 });
  const pooler = spawn(program, ['-q', file], {
    ...(user && { uid: user.uid, gid: user.gid }),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  pooler.stderr.on('data', (chunk) => (said += String(chunk)));
  await until(async () => {
    if (pooler.exitCode !== null) throw new Error(`pgbouncer ended: ${said}`);
    return (await readFile('/proc/net/unix', 'utf8')).includes(`${directory}/.s.PGSQL.${port}`);
  });
  return {
    connection: { ...server, host: directory, port },
    stop: () => stop(pooler, directory),
  };
}

async function stop(pooler: ChildProcess, directory: string): Promise<void> {
  pooler.kill('SIGTERM');
  if (pooler.exitCode === null) await once(pooler, 'exit');
  await rm(directory, { recursive: true });
}
