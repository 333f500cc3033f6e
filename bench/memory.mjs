import { setTimeout as sleep } from 'node:timers/promises';
import { fillDatabase } from './fill.mjs';
import { median } from './numbers.mjs';
import { memoryOf, residentBytes } from './process-memory.mjs';
import { withService } from './service.mjs';
import { business } from './tables.mjs';

const settleSeconds = 15;
const sampleMilliseconds = 100;

/** What the service holds when it has nothing to do, and how much more at its peak a large database costs than a small one. */
export async function measureMemory(arena) {
  const idle = await idleRounds(arena);
  const sizes = { small: arena.size / 10, large: arena.size * 2 };
  for (const [database, bytes] of Object.entries(sizes)) {
    await fillDatabase(arena, { database, tables: business, bytes });
  }
  const peaks = [];
  for (let count = 1; count <= arena.rounds; count++) {
    const [small, large] = [await peak(arena, 'small'), await peak(arena, 'large')];
    peaks.push({ small, large });
    arena.say(`peak ${count}: ${mb(small)} on the small one, ${mb(large)} on the large one`);
  }
  return [...idleRows(idle), growthRow(peaks, sizes)];
}

// After the sample's first backup, when what it needed is given back.
async function idleRounds(arena) {
  const rounds = [];
  for (let count = 1; count <= arena.rounds; count++) {
    const found = await withService(arena, { command: 'up' }, async ({ pid }) => {
      await sleep(settleSeconds * 1000, undefined, { signal: arena.signal });
      return memoryOf(pid);
    });
    rounds.push(found);
    const all = found.byName.map(({ name, pss }) => `${name} ${mb(pss)}`);
    arena.say(`idle ${count}: PSS ${mb(found.pss)}, alone ${mb(found.alone)}: ${all.join(', ')}`);
  }
  return rounds;
}

function idleRows(rounds) {
  const inMegabytes = (pick) => median(rounds.map(pick)) / 1e6;
  const row = (what, value, limit) => ({
    ...{ what, with: '', ours: `${Math.round(value)} MB`, theirs: '', value, unit: 'MB' },
    ...(limit === undefined ? {} : { limit, ok: value <= limit }),
  });
  return [
    row(
      '`up` idle, PSS of all',
      inMegabytes(({ pss }) => pss),
      350,
    ),
    row(
      '`up` idle, all as if nothing else ran',
      inMegabytes(({ alone }) => alone),
      350,
    ),
    row(
      '`up` idle, PSS of our process',
      inMegabytes(({ node }) => node.pss),
    ),
    row(
      '`up` idle, RSS of our process',
      inMegabytes(({ node }) => node.rss),
    ),
  ];
}

async function peak(arena, database) {
  const service = { command: 'worker', database: arena.url(database) };
  return withService(arena, service, async ({ pid, backUp }) => {
    let highest = 0;
    const timer = setInterval(() => {
      highest = Math.max(highest, residentBytes(pid));
    }, sampleMilliseconds);
    try {
      await backUp();
      return highest;
    } finally {
      clearInterval(timer);
    }
  });
}

function growthRow(peaks, sizes) {
  const value = median(peaks.map(({ small, large }) => large - small)) / 1e6;
  return {
    what: `peak RSS of our process, ${mb(sizes.large)} database`,
    with: `${mb(sizes.small)} database`,
    ours: mb(median(peaks.map(({ large }) => large))),
    theirs: mb(median(peaks.map(({ small }) => small))),
    ...{ value, unit: 'MB more', limit: 100, ok: value <= 100 },
  };
}

function mb(bytes) {
  return `${Math.round(bytes / 1e6)} MB`;
}
