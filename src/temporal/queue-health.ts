import type { Client } from '@temporalio/client';
import { askWithin } from './connection.ts';
import { taskQueue } from './names.ts';
import { ourSchedules } from './schedules.ts';

/** What Temporal tells of our queue and schedules at one look. */
export interface QueueHealth {
  /** Processes that asked for work within two minutes. */
  readonly workers: number;
  /** Tasks that no worker has taken yet. */
  readonly backlog: { readonly workflow: number; readonly activity: number };
  readonly openRuns: number;
  /** `next`: an ISO time; null: none. */
  readonly schedules: readonly {
    readonly id: string;
    readonly next: string | null;
    readonly paused: boolean;
  }[];
}

// As in Temporal's API; a worker asks again at the latest after one minute.
const queueTypes = { workflow: 1, activity: 2 } as const;
const pollMilliseconds = 120_000;

/** Looks by four small requests, however many schedules there are. Throws `temporal_unreachable`. */
export async function queueHealth(client: Client, patience: number): Promise<QueueHealth> {
  return askWithin(client, patience, async () => {
    const [workflow, activity, openRuns, schedules] = await Promise.all([
      describeQueue(client, 'workflow'),
      describeQueue(client, 'activity'),
      client.workflow.count(`TaskQueue = "${taskQueue}" AND ExecutionStatus = "Running"`),
      ourSchedules(client),
    ]);
    return {
      workers: activity.workers,
      backlog: { workflow: workflow.backlog, activity: activity.backlog },
      openRuns: openRuns.count,
      schedules: schedules.map(({ scheduleId: id, state, info }) => ({
        id,
        next: info.nextActionTimes[0]?.toISOString() ?? null,
        paused: state.paused,
      })),
    };
  });
}

/** Processes that asked for work within two minutes. Throws `temporal_unreachable`. */
export function countWorkers(client: Client, patience: number): Promise<number> {
  return askWithin(client, patience, async () => (await describeQueue(client, 'activity')).workers);
}

async function describeQueue(client: Client, type: keyof typeof queueTypes) {
  const { pollers, stats } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name: taskQueue },
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum is in a package of the SDK that is not for its users
    taskQueueType: queueTypes[type],
    reportStats: true,
  });
  const since = Date.now() / 1000 - pollMilliseconds / 1000;
  const recent = pollers.filter(
    ({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0) >= since,
  );
  return {
    workers: new Set(recent.map(({ identity }) => identity)).size,
    backlog: Number(stats?.approximateBacklogCount ?? 0),
  };
}
