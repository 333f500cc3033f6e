import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clusterPaths, startCluster } from '../dist/src/postgres/cluster.js';
import { findClientProgram } from '../dist/src/postgres/programs.js';
import { withSession } from '../dist/src/postgres/session.js';
import { removeTree } from '../dist/src/system/files.js';
import { clusterUser } from '../dist/src/system/os-user.js';

/**
 * Gives `use` an empty directory and a PostgreSQL server in it, as durable as a real one; all of it is gone afterwards.
 * Everything that is measured reads and writes below that directory, and so on one disk.
 */
export async function withArena(options, use) {
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-bench-'));
  try {
    await chmod(directory, 0o755); // the servers run as other users
    const cluster = await start(directory, options.signal);
    try {
      return await use(await arenaOf(directory, cluster, options));
    } finally {
      await cluster.kill(); // its data are thrown away
    }
  } finally {
    await removeTree(directory);
  }
}

async function start(directory, signal) {
  const user = clusterUser();
  const paths = await clusterPaths(path.join(directory, 'source'), user);
  const configuration = { fsync: 'on', shared_buffers: '256MB', max_wal_size: '2GB' };
  return startCluster({ ...paths, user, signal, configuration });
}

async function arenaOf(directory, cluster, options) {
  const { signal } = options;
  const program = async (name) => (await findClientProgram(name, cluster.version)).path;
  const session = (database, work) =>
    withSession(cluster.connection(database), { applicationName: 'bench', signal }, work);
  return {
    ...options,
    programs: { pgDump: await program('pg_dump'), psql: await program('psql') },
    session,
    say: (line) => void process.stderr.write(`${line}\n`),
    createDatabase: (name) =>
      session('postgres', (client) => client.query(`CREATE DATABASE ${name}`)),
    /** The database as libpq's programs and our settings take it; there is no password. */
    url(database) {
      const { host, port, user } = cluster.connection(database);
      return `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
    },
    /** Gives `work` a new directory that is gone afterwards. */
    async withDirectory(name, work) {
      const made = path.join(directory, name);
      await mkdir(made);
      try {
        return await work(made);
      } finally {
        await removeTree(made);
      }
    },
  };
}
