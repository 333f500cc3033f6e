import { Runtime, DefaultLogger } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import { removeAbandonedWorkspaces, workspacesOf } from '../activities/workspace.ts';
import { startServer } from './api/server.ts';
import { runCli } from './cli/program.ts';
import { askingAt } from './cli/terminal.ts';
import { loadSettings, processEnvironment, type Settings } from './config.ts';
import { userCacheDirectory } from './config/cache.ts';
import { BackupError } from './errors.ts';
import { createLogger } from './log.ts';
import { createDestinations } from './service/destinations.ts';
import { createWatcher } from './watch/watcher.ts';
import { tidyHost } from './service/janitor.ts';
import type { WorkerWorld } from './service/parts.ts';
import { openWorld, type Needs, type World } from './service/world.ts';
import { hostIdOf } from './system/host-id.ts';
import { workflowBundle } from './temporal/bundle.ts';
import { connectWorker } from './temporal/connection.ts';
import { createRuns } from './temporal/runs.ts';
import { startWorkers } from './temporal/worker.ts';

/** Runs one command line to its end and returns its exit status: the composition root. */
export async function main(argv: readonly string[]): Promise<number> {
  const stopping = new AbortController();
  const stop = () => {
    // A second Ctrl-C does not wait: what is left behind is tidied at the next start.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort(new BackupError('cancelled', 'cancelled'));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await runCli(argv, {
      stdout: process.stdout,
      stderr: process.stderr,
      isTerminal: process.stderr.isTTY,
      signal: stopping.signal,
      ...askingAt({ stdin: process.stdin, stderr: process.stderr, signal: stopping.signal }),
      settings: currentSettings,
      openWorld: (needs, role, report) => open(needs, role, report, stopping.signal),
      startConsole: (world) =>
        startServer({
          world,
          currentSettings: () => ({ ...currentSettings(), databases: world.settings.databases }),
          log: createLogger(world.settings),
        }),
    });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function currentSettings(): Settings {
  return loadSettings({ environment: processEnvironment() });
}

function open(
  needs: Needs,
  role: 'service' | 'command',
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<World> {
  return openWorld({
    ...{ needs, role, report, signal },
    settings: currentSettings(),
    currentSettings,
    cacheDirectory: userCacheDirectory(processEnvironment()),
    startWorker,
  });
}

const probePatienceMilliseconds = 5000;

async function startWorker(world: WorkerWorld) {
  const { settings, currentSettings, catalog, temporal, role } = world;
  const { target } = temporal;
  if (!target) throw new BackupError('internal', 'a worker needs Temporal');
  const log = createLogger({ ...settings, ...(role === 'command' && { logLevel: 'warn' }) });
  for (const warning of settings.warnings) log.warn(warning);
  Runtime.install({
    // Else the SDK ends our worker at Ctrl-C by itself: nobody would be left to carry out the run's cancellation.
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => {
      if (message.startsWith('No workflows registered')) return; // a host's queue has activities alone
      log[level === 'ERROR' ? 'error' : 'warn'](meta ?? {}, message);
    }),
  });
  const workspaces = workspacesOf(settings);
  const hostId = await hostIdOf(settings.stateDirectory);
  const runs = createRuns(temporal.client);
  await tidyHost({ catalog, runs, settings });
  await removeAbandonedWorkspaces(workspaces, runs);
  const shared = { settings: currentSettings, catalog, runs, hostId, log };
  const storageToProbe = createDestinations(currentSettings, probePatienceMilliseconds);
  const connection = await connectWorker(target);
  const workers = await startWorkers({
    connection,
    namespace: target.namespace,
    bundle: await workflowBundle(),
    activities: createActivities({
      ...{ ...shared, storageToProbe },
      storage: createDestinations(currentSettings),
    }),
    hostId,
  });
  const watcher = createWatcher({ ...shared, storage: storageToProbe }, settings);
  if (role === 'service') watcher.start();
  return {
    ended: workers.ended,
    stop: async () => {
      await watcher.stop();
      await workers.stop();
      await connection.close();
    },
  };
}
