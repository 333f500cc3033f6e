import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { readRun } from '../harness/record-histories.ts';
import { testBundle } from '../harness/temporal.ts';

// Recorded from real runs by `npm run record-histories`: a run that is under way when a new version is started must go on
// in it. Where a change of a workflow breaks one of these, it needs `patched()`.
const directory = path.join(import.meta.dirname, 'histories');
const files = (await readdir(directory)).filter((file) => file.endsWith('.json'));
let bundle: { code: string };

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  bundle = await testBundle();
});

// What a change may break in ways of its own.
const recorded = [
  ...['backup-full.completed', 'backup-full.failed', 'backup-full.cancelled'],
  ...['backup-incremental.completed', 'backup.completed.retried'],
  ...['restore.completed', 'restore.completed.retried', 'restore.cancelled.interrupted'],
  ...['cleanup.completed', 'integrityCheck.completed', 'restoreTest.completed'],
  ...['hold.completed', 'release.completed', 'notify.completed', 'watchdog.completed'],
  ...['catalogBackup.completed', 'catalogBackup.failed'],
  ...['selfTest.completed', 'selfTest.cancelled'],
];

test('runs of every workflow were recorded, and such as were retried, cancelled and left by their worker', () => {
  const names = files.map((file) => file.replace(/\.json$/, ''));
  for (const workflow of recorded) expect(names).toContain(workflow);
});

test.each(files)('this version goes on with a run of an earlier one: %s', async (file) => {
  const runs = [await readRun(path.join(directory, file))];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, runs)) {
    expect(error).toBeUndefined();
  }
});
