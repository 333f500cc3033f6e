import path from 'node:path';
import { runPipeline } from '../dist/src/system/pipeline.js';
import { runProgram } from '../dist/src/system/program.js';
import { fillDatabase } from './fill.mjs';
import { median, round, secondsOf } from './numbers.mjs';
import { withService } from './service.mjs';
import { business } from './tables.mjs';

/** From the trigger to the sealed artifact, beside what one types by hand. */
export async function measureBackup(arena) {
  await fillDatabase(arena, { database: 'shop', tables: business, bytes: arena.size });
  const url = arena.url('shop');
  const times = [];
  for (let count = 1; count <= arena.rounds; count++) {
    const [{ dumped, sealed: ours }, byHand, custom] = [
      await sealed(arena, url),
      await dumpAndPack(arena, url),
      await dumpCustom(arena, url),
    ];
    times.push({ ours, byHand, custom });
    arena.say(
      `backup ${count}: ours ${round(ours)} s (dumped after ${round(dumped)} s), -Fd and zstd ${round(byHand)} s, -Fc ${round(custom)} s`,
    );
  }
  return [
    comparison('pg_dump -Fd -Z0 -j2, then tar | zstd -3 -T2', times, 'byHand', 1.5),
    comparison('pg_dump -Fc', times, 'custom', 0.5),
  ];
}

function comparison(theirs, times, key, limit) {
  const ratio = median(times.map((time) => time.ours / time[key]));
  return {
    what: 'trigger to sealed',
    with: theirs,
    ours: `${round(median(times.map(({ ours }) => ours)))} s`,
    theirs: `${round(median(times.map((time) => time[key])))} s`,
    ...{ value: ratio, unit: 'x', limit, ok: ratio <= limit },
  };
}

// A service of its own for every round: it has its first backup before it, as after a start, and no artifacts pile up.
async function sealed(arena, database) {
  return withService(arena, { command: 'worker', database }, async ({ backUp }) => {
    const { timings } = await backUp();
    return timings;
  });
}

async function dumpAndPack(arena, url) {
  return arena.withDirectory('by-hand', (directory) =>
    secondsOf(async () => {
      const [dump, artifact] = [path.join(directory, 'dump'), path.join(directory, 'dump.tar.zst')];
      const args = ['-Fd', '-Z0', '-j2', '-f', dump, url];
      await runProgram(arena.programs.pgDump, args, { signal: arena.signal });
      const stages = [
        ['tar', '-C', dump, '-c', '.'],
        ['zstd', '-q', '-3', '-T2', '-o', artifact],
      ];
      await runPipeline(stages, { signal: arena.signal });
    }),
  );
}

async function dumpCustom(arena, url) {
  return arena.withDirectory('custom', (directory) =>
    secondsOf(async () => {
      const args = ['-Fc', '-f', path.join(directory, 'dump'), url];
      await runProgram(arena.programs.pgDump, args, { signal: arena.signal });
    }),
  );
}
