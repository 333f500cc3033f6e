import { WorkflowFailedError, WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { Progress } from '../domain/progress.ts';
import { BackupError } from '../errors.ts';
import { fromWorkflowFailure } from '../temporal/failure.ts';
import { taskQueue } from '../temporal/names.ts';
import type { World } from './world.ts';

type Linked = Pick<World, 'temporal'>;

/** One of our runs, as Temporal knows it. */
export interface RunInfo {
  readonly workflowId: string;
  readonly runId: string;
  /** The workflow type: `backup`, `restoreTest`, … */
  readonly type: string;
  /** Temporal's word: `RUNNING`, `COMPLETED`, `FAILED`, `CANCELLED`, … */
  readonly status: string;
  readonly startedAt: string;
  readonly closedAt: string | null;
  /** Of open runs; null also where nobody answers for it. */
  readonly progress: Progress | null;
}

export interface RunDetail extends RunInfo {
  /** What a failed run failed with. */
  readonly error: BackupError | null;
}

/** The open runs, or the closed ones, those that started last first. */
export async function listRuns(
  { temporal: { client } }: Linked,
  { open, limit }: { readonly open: boolean; readonly limit: number },
): Promise<RunInfo[]> {
  const comparison = open ? '=' : '!=';
  const query = `TaskQueue = "${taskQueue}" AND ExecutionStatus ${comparison} "Running"`;
  const runs: Promise<RunInfo>[] = [];
  for await (const found of client.workflow.list({ query, pageSize: Math.min(limit, 100) })) {
    if (runs.length === limit) break;
    runs.push(infoOf(client, found)); // side by side: each may have to be waited for
  }
  return (await Promise.all(runs)).sort((one, other) =>
    other.startedAt.localeCompare(one.startedAt),
  );
}

/** One run with what it failed with. Throws `not_found`. */
export async function showRun({ temporal: { client } }: Linked, id: string): Promise<RunDetail> {
  const handle = client.workflow.getHandle(id);
  return orNoRun(id, async () => {
    const info = await infoOf(client, await describeOwn(client, id));
    const failed = ['FAILED', 'TIMED_OUT', 'TERMINATED', 'CANCELLED'].includes(info.status);
    return { ...info, error: failed ? await failureOf(handle.result()) : null };
  });
}

/** Asks a run to stop; it cleans up behind itself. Throws `not_found`. */
export async function cancelRun({ temporal: { client } }: Linked, id: string): Promise<void> {
  await orNoRun(id, async () => {
    const { runId } = await describeOwn(client, id);
    await client.workflow.getHandle(id, runId).cancel();
  });
}

/** Whose id is given may be anybody's: others may use the same Temporal. */
async function describeOwn(client: Client, id: string): Promise<Found> {
  const { taskQueue: queue, ...found } = await client.workflow.getHandle(id).describe();
  if (queue !== taskQueue) throw noRun(id);
  return found;
}

async function orNoRun<T>(id: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? noRun(id) : error;
  }
}

interface Found {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  readonly status: { readonly name: string };
  readonly startTime: Date;
  readonly closeTime?: Date;
}

async function infoOf(client: Client, found: Found): Promise<RunInfo> {
  const { workflowId, runId, type, status, startTime, closeTime } = found;
  return {
    ...{ workflowId, runId, type, status: status.name },
    startedAt: startTime.toISOString(),
    closedAt: closeTime?.toISOString() ?? null,
    progress: status.name === 'RUNNING' ? await progressOf(client, { workflowId, runId }) : null,
  };
}

// Best effort: without a worker nobody answers.
async function progressOf(
  client: Client,
  { workflowId, runId }: Pick<RunInfo, 'workflowId' | 'runId'>,
): Promise<Progress | null> {
  const handle = client.workflow.getHandle(workflowId, runId);
  return client
    .withDeadline(Date.now() + 2000, () => handle.query<Progress>('progress'))
    .catch(() => null);
}

async function failureOf(result: Promise<unknown>): Promise<BackupError | null> {
  try {
    await result;
    return null;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return fromWorkflowFailure(error);
    throw error;
  }
}

function noRun(id: string): BackupError {
  return new BackupError('not_found', `there is no run '${id}'`);
}
