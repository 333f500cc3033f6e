import { createActivities } from '../activities/index.ts';
import { removeAbandonedWorkspaces, workspacesOf } from '../activities/workspace.ts';
import { writtenDirectories } from './config.ts';
import { BackupError } from './errors.ts';
import { createLogger } from './log.ts';
import { createDestinations } from './service/destinations.ts';
import { clearForgottenAlarms } from './service/forgotten-alarms.ts';
import { tidyHost } from './service/janitor.ts';
import type { StartWorker } from './service/parts.ts';
import { hostIdOf } from './system/host-id.ts';
import { workflowBundle } from './temporal/bundle.ts';
import { createRuns } from './temporal/runs.ts';
import { installRuntime } from './temporal/runtime.ts';
import { connectWorker, startWorkers } from './temporal/worker.ts';
import { probePatience } from './watch/probe.ts';
import { createWatcher } from './watch/watcher.ts';

/** The worker of this process, and the watch if it is a service: all that a backup's steps need, put together. */
export const startWorker: StartWorker = async (world) => {
  const { settings, currentSettings, catalog, temporal, role } = world;
  const { target } = temporal;
  if (!target) throw new BackupError('internal', 'a worker needs Temporal');
  const log = createLogger({ ...settings, ...(role === 'command' && { logLevel: 'warn' }) });
  for (const warning of settings.warnings) log.warn(warning);
  const stopTelling = await installRuntime({
    log: (level, about, message) => log[level](about, message),
    metricsAddress: settings.workerMetrics,
    directories: writtenDirectories(settings),
  });
  const workspaces = workspacesOf(settings);
  const hostId = await hostIdOf(settings.stateDirectory);
  const runs = createRuns(temporal.client);
  await tidyHost({ catalog, runs, settings });
  if (role === 'service') await clearForgottenAlarms(catalog, settings);
  await removeAbandonedWorkspaces(workspaces, runs);
  const shared = { settings: currentSettings, catalog, runs, hostId, log };
  const storageToProbe = createDestinations(currentSettings, probePatience);
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
  const watcher = createWatcher({ ...shared, storage: storageToProbe, hasWorker: true }, settings);
  if (role === 'service') watcher.start();
  return {
    ended: workers.ended,
    stop: async () => {
      stopTelling();
      await watcher.stop();
      await workers.stop();
      await connection.close();
    },
  };
};
