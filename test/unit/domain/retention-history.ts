import type {
  RetentionBackup,
  RetentionCopy,
  RetentionInput,
  RetentionRule,
} from '../../../src/domain/retention.ts';

const hour = 3_600_000;

export type Random = () => number;

/** One history of a few databases, with its rules and its clock; the same seed gives the same. */
export function randomInput(seed: number): RetentionInput {
  const random = randomFrom(seed);
  const clouds = pick(random, [[], ['s3'], ['s3', 'oss']]);
  const start = Date.parse('2026-01-01T00:00:00Z');
  const backups: RetentionBackup[] = [];
  let time = start;
  const step = pick(random, [3, 6, 24, 60]);
  // In calm histories mishaps are rare, so that there is something to delete; in wild ones nearly everything is broken.
  const mishap = pick(random, [0, 0.02, 0.1, 0.4]);
  const jumps = random() < 0.2 ? 0.1 : 0;
  const hosts = pick(random, [['a'], ['a'], ['a', 'b']]);
  for (let count = Math.floor(random() * 40); count > 0; count -= 1) {
    time += Math.round(step * hour * random() * 2);
    if (random() < jumps) time += Math.round((random() - 0.5) * 60 * 24 * hour);
    backups.push(randomBackup({ random, time, mishap, clouds, hosts, before: backups }));
  }
  const lateness = pick(random, [0, 1, 10, 40, 400]) * 24 * hour;
  const newest = Math.max(start, ...backups.map(({ triggeredAt }) => triggeredAt.getTime()));
  const now = new Date(
    (random() < 0.85 ? newest : time - 30 * 24 * hour) + Math.round(lateness * random()),
  );
  return {
    backups,
    rules: randomRules(random),
    cloudDestinations: clouds,
    now,
    force: random() < 0.5,
  };
}

interface Circumstances {
  random: Random;
  time: number;
  mishap: number;
  clouds: string[];
  hosts: string[];
  before: RetentionBackup[];
}

function randomBackup(around: Circumstances): RetentionBackup {
  const { random, time, mishap, before } = around;
  const database = random() < 0.85 ? 'shop' : 'stock';
  const module = random() < 0.9 ? null : 'tables';
  const fulls = before.filter(
    (one) => one.kind === 'full' && one.database === database && one.module === module,
  );
  const last = random() < 0.9 ? fulls.at(-1) : pick(random, [...fulls, undefined]);
  const wanted = pick(random, [
    'full',
    'full',
    'full',
    'incremental',
    'incremental',
    'schema_only',
    'data_only',
  ] as const);
  const kind = wanted === 'incremental' && !last ? 'full' : wanted;
  const bad = random() < mishap;
  return {
    id: `${database}_${kind}_${before.length}`,
    database,
    kind,
    module,
    state: bad
      ? pick(random, ['failed', 'unproven', 'unproven', 'cancelled', 'running'])
      : 'proven',
    base: kind === 'incremental' ? last!.id : null,
    triggeredAt: new Date(time),
    held: random() < mishap / 4,
    imported: random() < mishap / 4,
    leased: random() < mishap / 4,
    copies: randomCopies(around),
  };
}

function randomCopies({ random, time, mishap, clouds, hosts }: Circumstances): RetentionCopy[] {
  const places = [
    ...(random() < 0.95 ? [{ destination: 'local', host: pick(random, hosts) }] : []),
    ...(random() < 0.05 ? [{ destination: 'local', host: 'c' }] : []),
    ...clouds.map((destination) => ({ destination, host: null })),
    ...(random() < 0.1 ? [{ destination: 'no longer configured', host: null }] : []),
  ];
  return places
    .filter(() => random() >= mishap / 3)
    .map((at) => {
      const bad = random() < mishap;
      const state = bad
        ? pick(random, [
            'uploading',
            'missing',
            'damaged',
            'damaged',
            'deleted',
            'failed',
            'locked',
          ] as const)
        : 'good';
      const broken = state === 'missing' || state === 'damaged';
      return {
        ...at,
        state,
        lastCheckGood: broken ? false : random() < mishap ? pick(random, [null, false]) : true,
        checkedAt: new Date(time + hour),
        lockedUntil: random() < mishap / 3 ? new Date(time + random() * 60 * 24 * hour) : null,
        bytes: 1000,
      };
    });
}

function randomRules(random: Random): Record<string, RetentionRule> {
  const rule = (): RetentionRule => ({
    ...(random() < 0.9 && { keepDays: pick(random, [0, 1, 1, 3, 7, 30, 30]) }),
    ...(random() < 0.2 && { keepLast: pick(random, [1, 2, 5]) }),
    ...(random() < 0.2 && { keepDaily: pick(random, [1, 3, 7]) }),
    ...(random() < 0.1 && { keepWeekly: pick(random, [1, 4]) }),
    ...(random() < 0.1 && { keepMonthly: pick(random, [1, 12]) }),
    ...(random() < 0.1 && { keepYearly: pick(random, [1, 2]) }),
  });
  return { local: rule(), s3: rule(), oss: rule() };
}

/** mulberry32: small, seeded, good enough to wander about. */
export function randomFrom(seed: number): Random {
  let state = seed + 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function shuffled<T>(list: readonly T[], random: Random): T[] {
  return list
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!;
}
