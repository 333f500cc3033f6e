import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { TestDatabase } from '../postgres.ts';
import { Random } from './random.ts';

/** Tables with every kind of key, and what makes changes hard to find: partitions, triggers, generated values, big values. */
export const trialSchema = `
  CREATE TABLE public.accounts (id int PRIMARY KEY, email text NOT NULL UNIQUE, balance numeric(12,2), note text,
    doubled numeric GENERATED ALWAYS AS (balance * 2) STORED);
  CREATE TABLE public.audit (what text, at timestamptz DEFAULT clock_timestamp());
  CREATE FUNCTION public.audit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO public.audit VALUES (tg_op); RETURN NULL; END $$;
  CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.audit();
  ALTER TABLE public.accounts ENABLE ALWAYS TRIGGER audit;
  CREATE TABLE public.events (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), payload jsonb);
  CREATE TABLE public.lines (account int REFERENCES public.accounts ON DELETE CASCADE, line int, amount int, PRIMARY KEY (account, line));
  CREATE TABLE public.parts (id bigint, region text, value text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
  CREATE TABLE public.parts_north PARTITION OF public.parts FOR VALUES IN ('north');
  CREATE TABLE public.parts_south PARTITION OF public.parts FOR VALUES IN ('south');
  CREATE TABLE public.parts_other PARTITION OF public.parts DEFAULT;
  CREATE TABLE public.docs (code text NOT NULL, body text);
  CREATE UNIQUE INDEX docs_code ON public.docs (code);
  ALTER TABLE public.docs REPLICA IDENTITY USING INDEX docs_code;
  ALTER TABLE public.accounts CLUSTER ON accounts_pkey; -- the first CLUSTER would change the schema
  ALTER TABLE public.docs CLUSTER ON docs_code;
  CREATE TABLE public.slots (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, place int UNIQUE DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE public.parent (id serial PRIMARY KEY, name text);
  CREATE TABLE public.child (more text, PRIMARY KEY (id)) INHERITS (public.parent);
  CREATE TABLE public.prices (price numeric PRIMARY KEY, seen int DEFAULT 0);
  CREATE MATERIALIZED VIEW public.totals AS SELECT count(*) FROM public.accounts;
  CREATE MATERIALIZED VIEW public.above AS SELECT * FROM public.totals;
`;

const tables = [
  'accounts',
  'events',
  'lines',
  'parts',
  'docs',
  'slots',
  'parent',
  'child',
  'prices',
];

/** One statement; a failing one costs its transaction, as in any application. */
function statement(random: Random): string {
  const id = (): number => random.integer(1, 120);
  const region = (): string => random.pick(['north', 'south', 'east']);
  const choices: (() => string)[] = [
    () =>
      `INSERT INTO public.accounts VALUES (${id()}, 'mail ${id()}', ${random.integer(0, 9)}, 'new') ON CONFLICT DO NOTHING`,
    () => `UPDATE public.accounts SET balance = balance + 1 WHERE id % 7 = ${random.integer(0, 6)}`,
    () => `UPDATE public.accounts SET id = ${id() + 200} WHERE id = ${id()}`,
    () => `DELETE FROM public.accounts WHERE id = ${id()}`,
    () =>
      `INSERT INTO public.events (payload) SELECT jsonb_build_object('n', n) FROM generate_series(1, ${random.integer(1, 6)}) n`,
    () => `DELETE FROM public.events WHERE id::text LIKE '${random.integer(0, 15).toString(16)}%'`,
    () =>
      `UPDATE public.events SET payload = payload || '{"x":${id()}}' WHERE id::text LIKE '${random.integer(0, 15).toString(16)}%'`,
    () =>
      `INSERT INTO public.lines SELECT id, ${id()}, 1 FROM public.accounts ORDER BY random() LIMIT 3 ON CONFLICT DO NOTHING`,
    () => `UPDATE public.lines SET line = line + 1000 WHERE line % 11 = ${random.integer(0, 10)}`,
    () => `INSERT INTO public.parts VALUES (${id()}, '${region()}', 'v') ON CONFLICT DO NOTHING`,
    () => `UPDATE public.parts SET region = '${region()}' WHERE id % 9 = ${random.integer(0, 8)}`,
    () => `DELETE FROM public.parts WHERE id % 13 = ${random.integer(0, 12)}`,
    () =>
      `INSERT INTO public.docs VALUES ('code ${id()}', repeat(md5(random()::text), ${random.integer(1, 300)})) ON CONFLICT DO NOTHING`,
    () => `UPDATE public.docs SET body = body || 'x' WHERE code = 'code ${id()}'`,
    () => `UPDATE public.docs SET code = code || '!' WHERE code LIKE '%${random.integer(0, 9)}'`,
    () => `DELETE FROM public.docs WHERE length(code) > 12`,
    () => `INSERT INTO public.slots (place) VALUES (${random.integer(1, 5000)})`,
    () =>
      `UPDATE public.slots a SET place = b.place FROM public.slots b WHERE a.id / 2 = b.id / 2 AND a.id <> b.id`,
    () => `INSERT INTO public.child (name, more) VALUES ('c', 'm')`,
    () => `INSERT INTO public.parent (name) VALUES ('p')`,
    () => `UPDATE public.parent SET name = name || '.' WHERE id % 5 = ${random.integer(0, 4)}`,
    () => `DELETE FROM ONLY public.parent WHERE id % 17 = ${random.integer(0, 16)}`,
    () =>
      `INSERT INTO public.prices VALUES (${random.pick(['1', '1.0', '1.00', '2.50', '2.5', String(id())])}) ON CONFLICT (price) DO UPDATE SET price = excluded.price, seen = prices.seen + 1`,
    () =>
      `SELECT setval('public.parent_id_seq', nextval('public.parent_id_seq') + ${random.integer(0, 3)})`,
    () => `INSERT INTO public.audit (what) VALUES ('by hand')`,
    // What only grows makes each round of a soak slower than the one before.
    () =>
      `DELETE FROM public.audit WHERE ctid IN (SELECT ctid FROM public.audit LIMIT 300 FOR UPDATE SKIP LOCKED)`,
    () => `DELETE FROM public.slots WHERE id % 7 = ${random.integer(0, 6)}`,
    () => `DELETE FROM public.child WHERE id % 3 = ${random.integer(0, 2)}`,
  ];
  return random.pick(choices)();
}

const maintenance = (random: Random): string =>
  random.pick([
    `VACUUM public.${random.pick(tables)}`,
    `VACUUM FULL public.${random.pick(tables)}`,
    `VACUUM FREEZE public.${random.pick(tables)}`,
    `CLUSTER public.accounts USING accounts_pkey`,
    `CLUSTER public.docs USING docs_code`,
    `TRUNCATE public.${random.pick(['lines', 'events', 'docs', 'parts_south', 'parts', 'prices'])}`,
    `BEGIN; TRUNCATE public.${random.pick(tables)} CASCADE; ROLLBACK`,
    `ANALYZE public.${random.pick(tables)}`,
    `REFRESH MATERIALIZED VIEW public.totals`,
  ]);

/** A transaction whose changes nobody sees until it ends. */
export interface Lingering {
  readonly prepared: boolean;
  /** Commits it or rolls it back. */
  end(): Promise<void>;
}

export interface Writers {
  /** One of VACUUM FULL, CLUSTER, TRUNCATE and the like; what it cannot lock soon it leaves. */
  maintain(): Promise<void>;
  /** A transaction that stays open, or prepared, until its end is asked for; undefined: another one stood in its way. */
  linger(): Promise<Lingering | undefined>;
  /** Transactions that ended since the start. */
  committed(): number;
  stop(): Promise<void>;
}

/** Sessions that change the trial's tables, with pauses up to `pause` milliseconds, each by its own part of the seed. */
export async function startWriters(
  source: TestDatabase,
  seed: number,
  pause: number,
): Promise<Writers> {
  const stopping = new AbortController();
  const keeper = new Random(seed);
  const keeping = await source.connect();
  await keeping.query(`SET lock_timeout = '100ms'`);
  const lingerer = new Random(-seed);
  const lingering = new Set<Lingering>();
  let committed = 0;
  const writers = [1, 2, 3, 4].map(async (number) => {
    const random = new Random(seed * 31 + number);
    const client = await source.connect();
    await client.query(`SET deadlock_timeout = '20ms'; SET lock_timeout = '500ms'`);
    for (let count = 0; !stopping.signal.aborted; count++) {
      committed += await transaction(client, random, `${source.name}_${number}_${count}`);
      await sleep(random.integer(0, pause));
    }
    await client.end();
  });
  return {
    committed: () => committed,
    maintain: () => attempt(keeping, maintenance(keeper)),
    async linger() {
      const started = await linger(source, lingerer, `${source.name}_${lingering.size}`);
      if (started) lingering.add(started);
      return started;
    },
    async stop() {
      stopping.abort();
      for (const each of lingering) await each.end(); // a prepared one would outlive everything
      await Promise.all(writers);
      await keeping.end();
    },
  };
}

async function linger(
  source: TestDatabase,
  random: Random,
  name: string,
): Promise<Lingering | undefined> {
  const client = await source.connect();
  const prepared = random.next() < 0.6;
  const ending = random.next() < 0.75 ? 'COMMIT' : 'ROLLBACK';
  try {
    await client.query(`SET deadlock_timeout = '20ms'; SET lock_timeout = '200ms'`);
    await client.query('BEGIN');
    await work(client, random);
    if (prepared) await client.query(`PREPARE TRANSACTION '${name}'`);
  } catch (error) {
    await client.end();
    if (!(error instanceof pg.DatabaseError)) throw error;
    return undefined;
  }
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await client.query(prepared ? `${ending} PREPARED '${name}'` : ending);
    await client.end();
  };
  return { prepared, end: () => (ended ??= end()) };
}

/** Some statements, some of them undone to a savepoint. */
async function work(client: pg.Client, random: Random): Promise<void> {
  for (let count = random.integer(1, 4); count > 0; count--) {
    const undone = random.next() < 0.25;
    if (random.next() < 0.5) await client.query('SAVEPOINT here');
    else if (undone) continue;
    await client.query(statement(random));
    if (undone) await client.query('ROLLBACK TO here').catch(() => client.query('ROLLBACK'));
  }
}

async function transaction(client: pg.Client, random: Random, name: string): Promise<number> {
  try {
    await client.query('BEGIN');
    await work(client, random);
    if (random.next() < 0.3) await sleep(random.integer(1, random.next() < 0.1 ? 400 : 30));
    return await finish(client, random, name);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query('ROLLBACK');
    return 0;
  }
}

async function finish(client: pg.Client, random: Random, name: string): Promise<number> {
  const how = random.next();
  if (how < 0.1) {
    await client.query(`PREPARE TRANSACTION '${name}'`);
    await sleep(random.integer(0, 60));
    await client.query(`${random.next() < 0.7 ? 'COMMIT' : 'ROLLBACK'} PREPARED '${name}'`);
  } else await client.query(how < 0.25 ? 'ROLLBACK' : 'COMMIT');
  return 1;
}

async function attempt(client: pg.Client, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    await client.query('ROLLBACK');
  }
}
