import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import proto from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;
type History = proto.temporal.api.history.v1.IHistory;

/**
 * With PMA_RECORD_HISTORIES, a directory: keeps there how the runs of this service went, for `test/workflows`. Of runs
 * that went alike, only the longest is kept.
 */
export async function recordHistories(client: Client): Promise<void> {
  const directory = process.env['PMA_RECORD_HISTORIES'];
  if (directory === undefined) return;
  await mkdir(directory, { recursive: true });
  for await (const run of client.workflow.list()) {
    const history = await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory();
    const file = path.join(directory, `${nameOf(run, history)}.json`);
    const json = JSON.stringify({ workflowId: run.workflowId, history: anonymous(history) });
    if (!existsSync(file) || (await stat(file)).size < json.length) await writeFile(file, json);
  }
}

/** A run as `recordHistories` wrote it. */
export async function readRun(file: string): Promise<{ workflowId: string; history: History }> {
  const { workflowId, history } = JSON.parse(await readFile(file, 'utf8')) as {
    workflowId: string;
    history: Record<string, unknown>;
  };
  return { workflowId, history: History.fromObject(history) };
}

/** What ran, how it ended, and what came in between: `backup-full.completed.retried`. */
function nameOf(run: WorkflowExecutionInfo, { events }: History): string {
  const kind = /^backup\/[^/]+\/([a-z_]+)/.exec(run.workflowId)?.[1];
  const isRetried = events?.some(
    ({ activityTaskStartedEventAttributes: started }) => (started?.attempt ?? 1) > 1,
  );
  const isCancelled = events?.some((each) => each.activityTaskCanceledEventAttributes);
  return [
    run.type + (kind === undefined ? '' : `-${kind}`),
    run.status.name.toLowerCase(),
    ...(isRetried ? ['retried'] : []),
    ...(isCancelled ? ['interrupted'] : []),
  ].join('.');
}

/** As an object for JSON, without what tells of the machine that recorded: its directories, names and stack traces. */
function anonymous(history: History): unknown {
  const object = History.toObject(History.fromObject(history), { longs: String, enums: String });
  return JSON.parse(JSON.stringify(object), (key, value: unknown) => {
    if (key === 'stackTrace') return '';
    if (key === 'identity') return 'recorded';
    return isBytes(value) ? withoutDirectories(Buffer.from(value.data)).toString('base64') : value;
  });
}

function isBytes(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}

function withoutDirectories(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString().replaceAll(/\/tmp\/pma-[\w-]+/g, '/var/lib/pma-backup'));
}
