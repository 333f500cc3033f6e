import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Random } from '../../../harness/incremental/random.ts';
import { startTrial, type Trial } from '../../../harness/incremental/trial.ts';
import { startWriters, trialSchema } from '../../../harness/incremental/writers.ts';

/** A soak: `INCREMENTAL_ROUNDS=5000 INCREMENTAL_SEED=7 npm test -- test/integration/postgres/incremental/trial.test.ts` */
const rounds = Number(process.env['INCREMENTAL_ROUNDS'] ?? 70);
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
    const writers = await startWriters(trial.source, seed);
    try {
      const random = new Random(seed);
      let written = 0;
      for (let round = 1; round <= rounds; round++) {
        const where = `INCREMENTAL_SEED=${seed}, round ${round}`;
        written += await playRound(trial, random, () => writers.maintain(), where);
      }
      expect(writers.committed()).toBeGreaterThan(rounds);
      expect(written).toBeGreaterThan(rounds * 2); // tables: what nobody changed would prove nothing
    } finally {
      await writers.stop();
      await trial.close();
    }
  },
  600_000 + rounds * 2000,
);

async function playRound(
  trial: Trial,
  random: Random,
  maintain: () => Promise<void>,
  where: string,
): Promise<number> {
  await trial.full();
  if (random.next() < 0.6) await maintain();
  await sleep(random.integer(0, 60));
  if (random.next() < 0.4) await maintain();
  const increment = await trial.increment();
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
