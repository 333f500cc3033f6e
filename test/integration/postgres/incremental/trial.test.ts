import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Random } from '../../../harness/incremental/random.ts';
import { startTrial, type Trial } from '../../../harness/incremental/trial.ts';
import {
  startWriters,
  trialSchema,
  type Lingering,
  type Writers,
} from '../../../harness/incremental/writers.ts';

// CONTRIBUTING says how to let it run for longer.
const rounds = Number(process.env['INCREMENTAL_ROUNDS'] ?? 67);
const seeds =
  process.env['INCREMENTAL_SEED'] === undefined
    ? [1, 2, 3]
    : [Number(process.env['INCREMENTAL_SEED'])];

test.each(seeds)(
  'full and incremental equal the source at the incremental’s snapshot while others write, seed %i',
  async (seed) => {
    const trial = await startTrial({
      schema: trialSchema,
      bucketing: { count: 8, width: 4 },
      sameSchema: true,
    });
    const writers = await startWriters(trial.source, seed, 4);
    try {
      const random = new Random(seed);
      const straddled = { open: 0, prepared: 0 };
      let written = 0;
      for (let round = 1; round <= rounds; round++) {
        const where = `INCREMENTAL_SEED=${seed}, round ${round}`;
        written += await playRound({ trial, random, writers, straddled, where });
      }
      expect(writers.committed()).toBeGreaterThan(rounds);
      const few = Math.floor(rounds / 40);
      for (const count of Object.values(straddled)) expect(count).toBeGreaterThanOrEqual(few);
      expect(written).toBeGreaterThan(rounds * 2); // tables: what nobody changed would prove nothing
    } finally {
      await writers.stop();
      await trial.close();
    }
  },
  600_000 + rounds * 2000,
);

interface Round {
  readonly trial: Trial;
  readonly random: Random;
  readonly writers: Writers;
  /** Transactions that began before a full's snapshot and ended between it and the incremental's. */
  readonly straddled: { open: number; prepared: number };
  readonly where: string;
}

/** Returns of how many tables something was written. */
async function playRound({ trial, random, writers, straddled, where }: Round): Promise<number> {
  const overFull = random.next() < 0.6 ? await writers.linger() : undefined;
  await trial.full();
  if (random.next() < 0.6) await writers.maintain();
  const overIncremental = random.next() < 0.4 ? await writers.linger() : undefined;
  await sleep(random.integer(0, 40));
  if (random.next() < 0.4) await writers.maintain();
  if (overFull && random.next() < 0.7) {
    await overFull.end();
    straddled[overFull.prepared ? 'prepared' : 'open'] += 1;
  }
  const increment = await trial.increment();
  await endAll(overFull, overIncremental);
  expect(increment.reason, where).toBeNull();
  const done = await trial.apply(increment.file);
  expect(done, where).toEqual({ status: 0, stderr: '' });
  const restored = await trial.restored();
  const byName = (a: { table: string }, b: { table: string }) => (a.table < b.table ? -1 : 1);
  expect(restored.tables.toSorted(byName), where).toEqual(increment.tables.toSorted(byName));
  const sequences = increment.sequences.map(({ schema, sequence, after }) => ({
    schema,
    sequence,
    value: after,
  }));
  expect(JSON.parse(restored.sequences), where).toEqual(sequences);
  return increment.changed.length;
}

async function endAll(...lingering: (Lingering | undefined)[]): Promise<void> {
  for (const each of lingering) await each?.end();
}
