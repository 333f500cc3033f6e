import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fingerprintSql, pinSession } from '../../../src/postgres/fingerprint.ts';
import { listTables } from '../../../src/postgres/tables.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
const seed = Number(process.env['FINGERPRINT_SEED'] ?? 20260101);
const random = generator(seed);

/** Few values that are easily confused, among many. */
const values: Record<string, () => string> = {
  int2: () => String(integer(-3, 3)),
  int4: () => pick(['0', '1', '-1', '2147483647', '-2147483648', String(integer(-1000, 1000))]),
  int8: () => String((BigInt(integer(-2, 2)) << 32n) + BigInt(integer(-2, 2))),
  oid: () => String(integer(0, 5)),
  bool: () => pick(['t', 'f']),
  '"char"': () => pick(['', 'a', 'b']),
  name: () => pick(['', 'a', 'A', 'ab']),
  text: () => pick(['', ' ', 'a', 'A', 'á', 'null', letters()]),
  'text COLLATE "no case"': () => pick(['a', 'A', 'b', 'B', '']),
  'varchar(20)': () => pick(['', 'x', 'x ', letters()]),
  'char(6)': () => pick(['', 'a', 'A', ' a', 'ab']),
  bpchar: () => pick(['', ' ', 'a', 'a ', 'a  ']),
  bytea: () => pick(['\\x', '\\x00', '\\x0000', `\\x${integer(16, 255).toString(16)}`]),
  numeric: () => pick(['0', '0.0', '-0.5', '1', '1.0', '1.00', '-1', 'NaN', String(random())]),
  float4: () => pick(['0', '-0', 'NaN', String(random())]),
  float8: () => pick(['0', '-0', 'NaN', '5e-324', String(random())]),
  money: () => (integer(-200, 200) / 100).toFixed(2),
  date: () => pick(['infinity', `2000-01-0${integer(1, 9)}`]),
  time: () => pick(['00:00', '24:00', '00:00:00.000001', '01:11:34.967296']),
  timetz: () => pick(['12:00+00', '13:00+01', '12:00+01']),
  timestamp: () => pick(['2000-01-01 00:00:00.000001', '2000-01-01 01:11:34.967296', 'infinity']),
  timestamptz: () => new Date(integer(0, 2 ** 41)).toISOString(),
  interval: () => pick(['1 day', '24:00', '30 days', '1 mon', '0', '-1 day 24:00']),
  uuid: () => `00000000-0000-0000-0000-00000000000${integer(0, 9)}`,
  inet: () => pick(['10.0.0.1', '10.0.0.1/8', '::1']),
  varbit: () => integer(0, 7).toString(2).padStart(integer(1, 3), '0'),
  json: () => pick(['{"a":1}', '{"a": 1}', 'null', '[1,2]', '[2,1]']),
  jsonb: () => pick(['1', '1.0', '"1"', 'null', '{}', '[]', `{"n":${integer(0, 99)}}`]),
  'int4[]': () => pick(['{}', '{1,2}', '{{1,2}}', '[0:1]={1,2}', '{NULL}', '{NULL,NULL}']),
  'text[]': () => pick(['{}', '{NULL}', '{"NULL"}', '{""}', '{a,b}', '{"a,b"}']),
  mood: () => pick(['sad', 'ok', 'happy']),
  pair: () => pick(['(,)', '(1,)', '(1,"")', '(,"")', '(1,a)']),
  numrange: () => pick(['empty', '[1.0,2)', '[1.00,2)', '(1.0,2)', '(,)', '[1,2]']),
  big: () => String(BigInt(integer(-2, 2)) << 32n),
};
const types = Object.keys(values);

beforeAll(async () => {
  database = await createTestDatabase('random');
  client = await database.connect();
  const columns = types.map((type, index) => `c${index} ${type}`);
  await client.query(`
    CREATE COLLATION "no case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN big AS int8;
    CREATE TABLE random (id int PRIMARY KEY, ${columns.join(', ')})`);
  for (let id = 0; id < 20; id++) {
    const row = types.map((_, index) => randomValue(index));
    const places = row.map((_, index) => `$${index + 1}`);
    await client.query(`INSERT INTO random VALUES (${id}, ${places.join(', ')})`, row);
  }
  await pinSession(client);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

it('sees each of a thousand random changes of one value', async () => {
  const [table] = await listTables(client);
  const prepared = { name: 'fingerprint', text: fingerprintSql(table!) };
  const hash = async (): Promise<string> =>
    (await client.query<{ hash: string }>(prepared)).rows[0]!.hash;
  const wrong: string[] = [];
  let current = await hash();
  for (let changed = 0; changed < 1000;) {
    const index = integer(0, types.length - 1);
    const { id, before, after } = await change(index);
    const next = await hash();
    if ((next === current) !== (before === after)) {
      wrong.push(`${types[index]} in row ${id}: ${before} -> ${after}`);
    }
    if (before !== after) changed++;
    current = next;
  }
  expect(wrong, `FINGERPRINT_SEED=${seed}`).toEqual([]);
});

/** Gives one value of the column a new one, by chance the same; `before` and `after` say what they print, or `null`. */
async function change(index: number): Promise<{ id: number; before: string; after: string }> {
  const id = integer(0, 19);
  const printed = (row: string): string =>
    `CASE num_nulls(${row}.c${index}) WHEN 0 THEN '=' || concat(${row}.c${index}) ELSE 'null' END`;
  const { rows } = await client.query<{ before: string; after: string }>(
    `UPDATE public.random r SET c${index} = $1 FROM public.random old
     WHERE r.id = ${id} AND old.id = ${id}
     RETURNING ${printed('old')} AS before, ${printed('r')} AS after`,
    [randomValue(index)],
  );
  return { id, ...rows[0]! };
}

function randomValue(index: number): string | null {
  return random() < 0.15 ? null : values[types[index]!]!();
}

function pick(from: readonly string[]): string {
  return from[integer(0, from.length - 1)]!;
}

function letters(): string {
  return Array.from({ length: integer(1, 12) }, () => String.fromCharCode(integer(97, 122))).join(
    '',
  );
}

function integer(least: number, most: number): number {
  return least + Math.floor(random() * (most - least + 1));
}

/** Mulberry32: the same numbers for the same seed. */
function generator(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
