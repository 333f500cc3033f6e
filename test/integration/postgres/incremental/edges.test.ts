import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type pg from 'pg';
import { compareSchemas, splitSchema } from '../../../../src/domain/schema-entries.ts';
import { startTrial, type Increment, type Trial } from '../../../harness/incremental/trial.ts';

const schema = `
  CREATE TABLE public.stock (id int PRIMARY KEY, name text NOT NULL UNIQUE, amount int NOT NULL DEFAULT 0);
  ALTER TABLE public.stock CLUSTER ON stock_pkey;
  CREATE TABLE public.spare (id int PRIMARY KEY, name text NOT NULL UNIQUE, amount int NOT NULL DEFAULT 0);
  CREATE TABLE public.moves (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), stock int REFERENCES public.stock ON DELETE CASCADE);
  CREATE TABLE public.days (day int, id int, PRIMARY KEY (day, id)) PARTITION BY LIST (day);
  CREATE INDEX ON public.days (id);
  CREATE TABLE public.day_1 PARTITION OF public.days FOR VALUES IN (1);
  CREATE TABLE public.day_2 PARTITION OF public.days FOR VALUES IN (2);
  CREATE TABLE public.told (what text);
  CREATE TABLE public.jobs (id int);
  ALTER EXTENSION plpgsql ADD TABLE public.jobs;
  UPDATE pg_extension SET extconfig = ARRAY['public.jobs'::regclass::oid], extcondition = ARRAY['WHERE id > 0'];
  CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.told VALUES (tg_name); RETURN NULL; END $$;
  CREATE TRIGGER always AFTER INSERT OR DELETE ON public.stock FOR EACH STATEMENT EXECUTE FUNCTION public.tell();
  CREATE TRIGGER replica AFTER INSERT OR DELETE ON public.stock FOR EACH ROW EXECUTE FUNCTION public.tell();
  CREATE TRIGGER usual AFTER INSERT OR DELETE ON public.stock FOR EACH ROW EXECUTE FUNCTION public.tell();
  ALTER TABLE public.stock ENABLE ALWAYS TRIGGER always, ENABLE REPLICA TRIGGER replica;
  CREATE RULE quiet AS ON DELETE TO public.stock DO ALSO INSERT INTO public.told VALUES ('rule');
  ALTER TABLE public.stock ENABLE ALWAYS RULE quiet;
`;
const rows = `
  INSERT INTO public.stock SELECT n, 'thing ' || n, n FROM generate_series(1, 500) n;
  INSERT INTO public.spare SELECT n, 'spare ' || n, n FROM generate_series(1, 500) n;
  INSERT INTO public.moves (stock) SELECT 1 + n % 500 FROM generate_series(1, 500) n;
  INSERT INTO public.days SELECT 1 + n % 2, n FROM generate_series(1, 100) n;
`;

let trial: Trial;
let client: pg.Client;

beforeAll(open);
afterAll(close);

async function open(): Promise<void> {
  trial = await startTrial({ schema });
  client = await trial.source.connect();
  await client.query(rows);
  await client.query('ANALYZE');
}

async function close(): Promise<void> {
  await client.end();
  await trial.close();
}

/** The copy with the incremental is the source, rows and schema. */
async function expectExact(sql: string): Promise<Increment> {
  await trial.full();
  await client.query(sql);
  const increment = await trial.increment();
  expect(increment.reason).toBeNull();
  expect(await trial.apply(increment.file)).toEqual({ status: 0, stderr: '' });
  const { tables } = await trial.restored();
  const key = ({ schema: of, table }: { schema: string; table: string }) => `${of}.${table}`;
  const sorted = (list: Increment['tables']) => list.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
  expect(sorted(tables)).toEqual(sorted(increment.tables));
  const [before, restored] = [
    splitSchema(await trial.schemaOf(trial.source)),
    splitSchema(await trial.schemaOf(trial.copy)),
  ];
  const { differences } = compareSchemas({ before, after: before, restored, namesOnly: false });
  expect(differences).toEqual([]);
  return increment;
}

describe('an incremental is exact', () => {
  test('and tiny where nothing changed, and may then be applied again', async () => {
    const increment = await expectExact('');
    expect(increment.changed).toEqual([]);
    expect(increment.bytes).toBeLessThan(10_000);
    expect(await trial.apply(increment.file)).toEqual({ status: 0, stderr: '' });
  });

  test.each([
    ['rows deleted one by one', `DELETE FROM public.moves WHERE stock % 50 = 0`],
    ['everything truncated', `TRUNCATE public.moves`],
    [
      'keys swapped',
      `UPDATE public.stock SET id = -id WHERE id < 9; UPDATE public.stock SET id = id + 9 WHERE id < 0`,
    ],
    [
      'unique values swapped',
      `UPDATE public.stock SET name = 'x' WHERE id = 31; UPDATE public.stock SET name = 'thing 31' WHERE id = 32;
       UPDATE public.stock SET name = 'thing 32' WHERE id = 31`,
    ],
    ['rows between partitions', `UPDATE public.days SET day = 3 - day WHERE id % 7 = 0`],
    ['parents deleted with their children', `DELETE FROM public.stock WHERE id % 99 = 0`],
    [
      'a new partition',
      `CREATE TABLE public.day_3 PARTITION OF public.days FOR VALUES IN (3); INSERT INTO public.days VALUES (3, 1), (3, 2)`,
    ],
    ['a dropped partition', `DROP TABLE public.day_3`],
    [
      'a new table with all that belongs to it',
      `CREATE TABLE public.fresh (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n serial, stock int REFERENCES public.stock, "Odd ""name""" text);
       INSERT INTO public.fresh (stock) VALUES (7), (7); CREATE INDEX fresh_stock ON public.fresh (stock);
       COMMENT ON COLUMN public.fresh.stock IS 'it''s one'; GRANT SELECT ON public.fresh TO PUBLIC;
       CREATE TRIGGER usual AFTER INSERT ON public.fresh FOR EACH ROW EXECUTE FUNCTION public.tell()`,
    ],
    ['a dropped table', `DROP TABLE public.fresh`],
    [
      'a table dropped and made again under its name',
      `DROP TABLE public.spare; CREATE TABLE public.spare (id int PRIMARY KEY, name text NOT NULL UNIQUE, amount int NOT NULL DEFAULT 0);
       INSERT INTO public.spare VALUES (1, 'one', 1)`,
    ],
    ['a rewritten table', `CLUSTER public.stock; UPDATE public.stock SET amount = 5 WHERE id = 5`],
  ])('with %s', async (_, sql) => {
    await expectExact(sql);
  });
});

describe('the script itself refuses', () => {
  test('to be applied twice, or to another full, by the table’s name, and changes nothing', async () => {
    await trial.full();
    await client.query(`UPDATE public.stock SET amount = amount + 1 WHERE id = 3`);
    const increment = await trial.increment();
    expect((await trial.apply(increment.file)).status).toBe(0);
    const before = await trial.restored();
    const again = await trial.apply(increment.file);
    expect(again.status).toBe(3);
    expect(again.stderr).toContain(`wrong base: table public.stock has`);
    expect(await trial.restored()).toEqual(before);
    await client.query(`DELETE FROM public.moves WHERE stock = 9`);
    await trial.full();
    expect((await trial.apply(increment.file)).stderr).toContain('wrong base: table public.');
  });

  test.each([
    ['one value was changed by hand', `UPDATE public.spare SET amount = 0 WHERE id = 1`, 'spare'],
    ['one row came by hand', `INSERT INTO public.told VALUES ('by hand')`, 'told'],
    [
      'rows lie in another partition',
      `UPDATE public.days SET day = 3 - day WHERE id = 50`,
      'day_1',
    ],
    ['a module left a table empty', `DELETE FROM public.moves`, 'moves'],
    [
      'two rows changed places',
      `UPDATE public.spare SET amount = 3 - amount WHERE id < 3`,
      'spare',
    ],
  ])('a base in which %s, also in a table that it does not touch', async (_, sql, table) => {
    await client.query(`INSERT INTO public.spare VALUES (2, 'two', 2) ON CONFLICT DO NOTHING;
      INSERT INTO public.moves (stock) VALUES (3)`);
    await trial.full();
    await client.query(`UPDATE public.stock SET amount = amount + 1 WHERE id = 3`);
    const increment = await trial.increment();
    expect(increment.changed).toEqual(['stock']);
    const target = await trial.copy.connect();
    await target.query(`SET session_replication_role = replica; ${sql}`);
    await target.end();
    const before = await trial.restored();
    const done = await trial.apply(increment.file);
    expect(done.status).toBe(3);
    expect(done.stderr).toContain(`wrong base: table public.${table} has`);
    expect(done.stderr).toContain('HINT:  restore shop_full into an empty database');
    expect(await trial.restored()).toEqual(before);
  });

  test('when a part of it is missing, wherever it was cut off', async () => {
    await trial.full();
    await client.query(`UPDATE public.stock SET name = name || E'\\nand\\tmore' WHERE id % 9 = 3;
      DELETE FROM public.moves WHERE stock = 11; INSERT INTO public.told VALUES ('told')`);
    const increment = await trial.increment();
    const script = await readFile(increment.file, 'utf8');
    const before = await trial.restored();
    const ends = [
      '\\if true\n',
      'BEGIN;',
      'FROM stdin;\n',
      '\\nand',
      '\n\\.\n',
      'DELETE FROM ONLY',
    ];
    const places = ends.map((text) => script.indexOf(text) + text.length);
    const cut = path.join(path.dirname(increment.file), 'cut.sql');
    for (const place of [...places, script.lastIndexOf('COMMIT')]) {
      await writeFile(cut, script.slice(0, place));
      const done = await trial.apply(cut);
      expect([done.status, done.stderr], script.slice(place - 60, place)).toEqual([
        3,
        expect.stringMatching(/reached EOF without finding closing|ERROR: /),
      ]);
      expect(await trial.restored()).toEqual(before);
    }
    expect(await trial.apply(increment.file)).toEqual({ status: 0, stderr: '' });
  });
});

describe('an incremental gives way to a full', () => {
  beforeEach(async () => {
    await close();
    await open();
    await trial.full();
  });

  test.each([
    [
      'a column dropped and added with a default',
      `ALTER TABLE public.stock DROP COLUMN amount; ALTER TABLE public.stock ADD COLUMN amount int NOT NULL DEFAULT 0`,
      `the columns of table 'public.stock' changed`,
    ],
    [
      'tables swapped by rename',
      `ALTER TABLE public.stock RENAME TO x; ALTER TABLE public.spare RENAME TO stock; ALTER TABLE public.x RENAME TO spare`,
      /was changed|was renamed|is new|is gone/,
    ],
    [
      'another column',
      `ALTER TABLE public.stock ADD COLUMN more int`,
      'TABLE public.stock was changed',
    ],
    ['a new index', `CREATE INDEX more ON public.stock (amount)`, 'INDEX public.more is new'],
    [
      'a new function',
      `CREATE FUNCTION public.one() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      'FUNCTION public.one() is new',
    ],
    [
      'a detached partition',
      `ALTER TABLE public.days DETACH PARTITION public.day_1`,
      /is gone|was changed|is new/,
    ],
    [
      'a changed row in a table of an extension',
      `INSERT INTO public.jobs VALUES (1)`,
      'rows in the tables of extensions changed',
    ],
    ['a large object', `SELECT lo_from_bytea(0, 'x')`, 'large objects changed'],
  ])('where there is %s', async (_, sql, reason) => {
    await client.query(sql);
    const increment = await trial.increment();
    expect(increment.reason).toMatch(reason);
  });
});
