import {
  type Client,
  WorkflowNotFoundError,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import type { Progress } from '../domain/progress.ts';
import { searchAttributes } from './names.ts';
import { countWorkers } from './queue-health.ts';
import { scheduleHealth, type ScheduleHealth } from './schedules.ts';

/** One Temporal workflow execution. */
export interface RunReference {
  readonly workflowId: string;
  readonly runId: string;
}

/** What became of a run; null: Temporal does not keep it any more. */
export type RunState = 'running' | 'done' | 'failed' | 'cancelled' | null;

/** How a workflow execution stands, the newest one of that id. */
export async function runState(client: Client, workflowId: string): Promise<RunState> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return runStates[status.name];
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const runStates: Record<WorkflowExecutionStatusName, RunState> = {
  UNSPECIFIED: 'running',
  RUNNING: 'running',
  PAUSED: 'running',
  CONTINUED_AS_NEW: 'running',
  COMPLETED: 'done',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
  TERMINATED: 'cancelled',
  CANCELLED: 'cancelled',
  UNKNOWN: 'running',
};

/** What activities need to know of, and tell to, runs. */
export interface Runs {
  /** False when the run is closed or unknown: nothing that it held is needed any more. */
  isOpen(run: RunReference): Promise<boolean>;
  /** Hands progress to the run's `progress` query; a run that is closed by now is no error. */
  reportProgress(run: RunReference, progress: Progress): Promise<void>;
  /** Tells a run that waits that it may begin; false when it is closed. */
  callToTurn(run: RunReference): Promise<boolean>;
  /** Whether our search attributes can be set in this namespace. */
  searchAttributesRegistered(): Promise<boolean>;
  /** How every schedule stands. Throws `temporal_unreachable`. */
  scheduleHealth(): Promise<ScheduleHealth[]>;
  /** Workers that asked for work within two minutes. Throws `temporal_unreachable`. */
  workers(): Promise<number>;
}

/** `Runs` by a Temporal client; `patience`: milliseconds within which the schedules must be told. */
export function createRuns(
  client: Client,
  { patience = 15_000 }: { readonly patience?: number } = {},
): Runs {
  return {
    isOpen: async ({ workflowId, runId }) => {
      try {
        const { status } = await client.workflow.getHandle(workflowId, runId).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    reportProgress: async ({ workflowId, runId }, progress) => {
      try {
        await client.workflow.getHandle(workflowId, runId).signal('reportProgress', progress);
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    },
    scheduleHealth: () => scheduleHealth(client, patience),
    workers: () => countWorkers(client, patience),
    callToTurn: async ({ workflowId, runId }) => {
      try {
        await client.workflow.getHandle(workflowId, runId).signal('callToTurn');
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    searchAttributesRegistered: async () => {
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({
        namespace: client.options.namespace,
      });
      return Object.values(searchAttributes).every(({ name }) => name in customAttributes);
    },
  };
}
