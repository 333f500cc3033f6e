import { NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { connectionOptions, unreachable, type TemporalAddress } from './connection.ts';
import { hostQueue, taskQueue } from './names.ts';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly bundle: WorkflowBundleOption;
  readonly activities: object;
  readonly hostId: string;
}

export interface RunningWorkers {
  /** Settles when the workers have ended; rejects when one of them failed. */
  readonly ended: Promise<void>;
  /** Lets running activities end for a moment, then cancels them: their runs go on when a worker is back. */
  stop(): Promise<void>;
}

const graceSeconds = 5;
// Above the kill time of a child, below what a service manager waits for.
const forceSeconds = 30;

/** The worker's own connection. Throws `temporal_unreachable`. */
export async function connectWorker(target: TemporalAddress): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(connectionOptions(target));
  } catch (error) {
    throw unreachable(target, error);
  }
}

/** Starts the two workers of this host: one for the shared queue, one for the queue that names this host's disk. */
export async function startWorkers(options: WorkerOptions): Promise<RunningWorkers> {
  const { connection, namespace, bundle, activities, hostId } = options;
  const common = {
    connection,
    namespace,
    activities,
    shutdownGraceTime: `${graceSeconds}s`,
    shutdownForceTime: `${forceSeconds}s`,
    // A cancellation comes with the answer to a heartbeat: this is how long Ctrl-C may take to be noticed.
    maxHeartbeatThrottleInterval: '3s',
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue,
      workflowBundle: bundle,
      maxCachedWorkflows: 50,
      reuseV8Context: true,
    }),
    // The caps on simultaneous dumps are leases: an activity must not wait in the queue of a host that is there.
    Worker.create({ ...common, taskQueue: hostQueue(hostId) }),
  ]);
  const ended = Promise.all(workers.map((worker) => worker.run())).then(() => undefined);
  ended.catch(() => undefined); // told by `ended` and `stop`; must not count as unhandled until then
  return {
    ended,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}
