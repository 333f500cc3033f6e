import { spawnSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import { startCluster, type Cluster } from '../../src/postgres/cluster.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { removeTree } from '../../src/system/files.ts';
import { clusterUser } from '../../src/system/os-user.ts';
import { freePort } from '../../src/temporal/embedded.ts';

/** Whether this machine lets a program have a mount namespace of its own. */
export const namespaced =
  spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;

const programsDirectory = '/usr/lib/postgresql';

export interface PoorMachine {
  /** Starts a program that sees the small disk and what `without` and `older` leave of the programs. */
  readonly launcher: readonly string[];
  /** Runs `use` while no program of PostgreSQL is installed. */
  without(use: () => Promise<void>): Promise<void>;
  /** Runs `use` while the client programs are of version 12. */
  older(use: () => Promise<void>): Promise<void>;
}

/** A worker's machine whose PostgreSQL programs can be taken away, with a disk of 64 MB at `smallDisk`. */
export async function makePoorMachine(place: string, smallDisk: string): Promise<PoorMachine> {
  const [programs, real] = [path.join(place, 'programs'), path.join(place, 'real')];
  const own = path.join(programs, '15');
  for (const directory of [programs, real, smallDisk]) await mkdir(directory);
  const install = () => symlink(path.join(real, '15'), own);
  await install();
  const instead = async (prepare: () => Promise<void>, use: () => Promise<void>) => {
    await removeTree(own);
    await prepare();
    try {
      await use();
    } finally {
      await removeTree(own);
      await install();
    }
  };
  return {
    launcher: namespaced ? launcher({ programs, real, smallDisk }) : [],
    without: (use) => instead(() => Promise.resolve(), use),
    older: (use) => instead(() => installStubs(path.join(own, 'bin')), use),
  };
}

function launcher(places: { programs: string; real: string; smallDisk: string }): string[] {
  const script = [
    `mount --bind ${programsDirectory} '${places.real}'`,
    `mount --bind '${places.programs}' ${programsDirectory}`,
    `mount -t tmpfs -o size=64m none '${places.smallDisk}'`,
    'exec "$@"',
  ].join(' && ');
  return ['unshare', '--mount', 'sh', '-c', script, 'sh'];
}

async function installStubs(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const stub = '#!/bin/sh\necho "${0##*/} (PostgreSQL) 12.22"\n';
  for (const name of ['pg_dump', 'pg_dumpall', 'pg_restore']) {
    await writeFile(path.join(directory, name), stub, { mode: 0o755 });
  }
}

/** A server that wants a password on loopback, unlike the shared one, from its role `backup`: 'right'. */
export async function startGuardedServer(place: string): Promise<Cluster & { port: number }> {
  const port = await freePort();
  const cluster = await startCluster({
    directory: path.join(place, 'guarded'),
    socketDirectory: path.join(place, 's'),
    user: clusterUser(),
    port,
    configuration: { listen_addresses: '127.0.0.1', fsync: 'off' },
  });
  await writeFile(
    path.join(cluster.directory, 'pg_hba.conf'),
    'local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n',
  );
  const sql = `CREATE ROLE backup LOGIN PASSWORD 'right'; SELECT pg_reload_conf()`;
  await onServer(cluster.connection('postgres'), sql);
  return { ...cluster, port };
}

/** Runs statements in a session of their own. */
export async function onServer(connection: Connection, sql: string): Promise<void> {
  const { host, port, user, database } = connection;
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  await client.query(sql);
  await client.end();
}
