import { chmod, mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { userCacheDirectory } from '../../src/config/cache.ts';
import type { Connection } from '../../src/postgres/connection.ts';
import { startCluster, type Cluster } from '../../src/postgres/cluster.ts';
import { clusterUser } from '../../src/system/os-user.ts';
import { startTemporalServer, type EmbeddedTemporal } from '../../src/temporal/embedded.ts';
import { findTemporalCli } from '../../src/temporal/executable.ts';
import { searchAttributes } from '../../src/temporal/names.ts';
import { descendants, describeProcess, untilNoneLeft } from './left-over.ts';
import { makeRunPlace } from './run-place.ts';

declare module 'vitest' {
  interface ProvidedContext {
    postgres: Connection;
    temporal: { address: string; namespace: string };
    /** Removed at the end of the run. */
    runDirectory: string;
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

/** Starts what all test files share; the returned function stops it and fails the run if anything is left running. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // A new place each time: a killed run's servers end with it, and what it left must not stand in our way.
  const { directory, remove } = await makeRunPlace();
  await givePlaceForTemporaryFiles(directory);
  const before = descendants(process.pid);
  const [cluster, temporal] = await Promise.all([postgres(directory), temporalServer(directory)]);
  project.provide('postgres', cluster.connection('postgres'));
  project.provide('temporal', { address: temporal.address, namespace: temporal.namespace });
  project.provide('runDirectory', directory);
  return async () => {
    await Promise.all([cluster.kill(), temporal.stop()]);
    const left = [
      ...(await untilNoneLeft(process.pid, before, directory)).map(describeProcess),
      ...(await readdir(tmpdir())).filter((name) => name.startsWith('pma-')),
    ];
    await remove();
    if (left.length > 0) {
      process.exitCode = 1; // vitest prints what a teardown throws, and ends with 0
      throw new Error(`left behind by the tests: ${left.join('; ')}`);
    }
  };
}

// All temporary files of the tests go below the run's own directory: nothing of another run is taken for ours.
async function givePlaceForTemporaryFiles(directory: string): Promise<void> {
  process.env['TMPDIR'] = path.join(directory, 't');
  await mkdir(tmpdir());
  await chmod(tmpdir(), 0o1777);
}

function postgres(directory: string): Promise<Cluster> {
  return startCluster({
    directory: path.join(directory, 'data'),
    socketDirectory: path.join(directory, 'socket'),
    user: clusterUser(),
    configuration,
  });
}

async function temporalServer(directory: string): Promise<EmbeddedTemporal> {
  const cli = await findTemporalCli({
    path: process.env['TEMPORAL_CLI_PATH'],
    cacheDirectory: userCacheDirectory(process.env),
    report: (line) => console.error(line),
  });
  return startTemporalServer({
    cli,
    logFile: path.join(directory, 'temporal.log'),
    searchAttributes: Object.fromEntries(
      Object.values(searchAttributes).map(({ name }) => [name, 'Keyword' as const]),
    ),
  });
}
