import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import type { Connection } from '../../src/postgres/connection.ts';
import { startCluster } from '../../src/postgres/cluster.ts';
import { giveTo, removeTree } from '../../src/system/files.ts';
import { clusterUser } from '../../src/system/os-user.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: Connection;
  }
}

const configuration = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'logical',
  max_connections: '200',
  max_locks_per_transaction: '256',
  max_prepared_transactions: '10',
  shared_buffers: '128MB',
};

/** Starts what all test files share; the returned function stops it again. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const user = clusterUser();
  // A new place each time: a killed run's server ends with it, and what it left must not stand in our way.
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-test-'));
  await giveTo(directory, user);
  const cluster = await startCluster({
    directory: path.join(directory, 'data'),
    socketDirectory: path.join(directory, 'socket'),
    user,
    configuration,
  });
  project.provide('postgres', cluster.connection('postgres'));
  return async () => {
    await cluster.kill();
    await removeTree(directory);
  };
}
