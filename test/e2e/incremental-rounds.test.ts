import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import type { Proof } from '../../src/domain/proof.ts';
import { resultSummaries, type BackupResult } from '../../src/domain/run.ts';
import type { ScratchServer } from '../../src/postgres/scratch.ts';
import { taskQueue } from '../../src/temporal/names.ts';
import { fingerprintsOf } from '../harness/dump.ts';
import { startWriters, trialSchema, type Writers } from '../harness/incremental/writers.ts';
import { testDatabase } from '../harness/postgres.ts';
import { startTestScratch } from '../harness/scratch.ts';
import { createTestServiceFor, databaseUrl, type ServiceWithDatabase } from '../harness/service.ts';

// CONTRIBUTING says how to let it run for longer.
const rounds = Number(process.env['INCREMENTAL_WORKFLOW_ROUNDS'] ?? 5);
const seed = Number(process.env['INCREMENTAL_SEED'] ?? 1);

let scratch: ScratchServer;
let service: ServiceWithDatabase;

beforeAll(async () => {
  scratch = await startTestScratch(); // one for all: a throw-away server for each proof is not what is looked at here
  service = await createTestServiceFor('rounds', trialSchema, {
    VERIFY_DATABASE_URL: databaseUrl(scratch.connection),
  });
  await service.startWorker();
}, 180_000);

afterAll(async () => {
  await service.close();
  await scratch.stop();
});

function run(type: string, workflowId: string, input: object): Promise<unknown> {
  return service.client.workflow.execute(type, { taskQueue, workflowId, args: [input] });
}

async function backUp(kind: string, round: number): Promise<BackupSummary> {
  const result = await run('backup', `${kind}-${round}`, { kind });
  return resultSummaries(result as BackupResult)[0]!;
}

/** What the source held at a backup's snapshot. */
async function expectedOf({ id, artifact }: BackupSummary) {
  const directory = path.dirname(artifact!.path);
  const files = await readdir(directory);
  const file = files.find((name) => name.startsWith(`${id}.proof.`))!;
  const proof = JSON.parse(await readFile(path.join(directory, file), 'utf8')) as Proof;
  return proof.tables.map(({ schema, table, expected }) => ({ schema, table, ...expected }));
}

test(
  `full and incremental, proven by the workflow and restored, equal the source at the incremental’s snapshot while others write, seed ${seed}`,
  async () => {
    const writers = await startWriters(service.database, seed, 40);
    try {
      for (let round = 1; round <= rounds; round++) await playRound(round, writers);
      expect(writers.committed()).toBeGreaterThan(rounds * 10);
    } finally {
      await writers.stop();
    }
  },
  120_000 + rounds * 60_000,
);

async function playRound(round: number, writers: Writers): Promise<void> {
  const where = `INCREMENTAL_SEED=${seed}, round ${round}`;
  const overFull = await writers.linger();
  const full = await backUp('full', round);
  await writers.maintain();
  await overFull?.end();
  const overIncremental = await writers.linger();
  const incremental = await backUp('incremental', round);
  await overIncremental?.end();
  const proven = { kind: 'incremental', state: 'proven', base: full.id, reason: null };
  expect(incremental, where).toMatchObject(proven);
  expect(incremental.changes?.tables, where).toBeGreaterThan(0);
  const target = testDatabase(`${service.database.name}_${round}`);
  try {
    const restored = await run('restore', `restore-${round}`, {
      ...{ backup: incremental.id, target: databaseUrl(target.connection), create: true },
    });
    expect(restored, where).toMatchObject({ state: 'proven', incremental: incremental.id });
    expect(await fingerprintsOf(target), where).toEqual(await expectedOf(incremental));
  } finally {
    await target.drop();
  }
}
