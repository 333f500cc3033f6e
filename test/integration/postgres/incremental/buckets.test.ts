import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseBucketing } from '../../../../src/domain/incremental/base.ts';
import { fingerprintSql, pinSession } from '../../../../src/postgres/fingerprint.ts';
import {
  bucketsSql,
  looksNew,
  type BucketedTable,
} from '../../../../src/postgres/incremental/buckets.ts';
import { readTableFacts } from '../../../../src/postgres/incremental/table-facts.ts';
import { listTables } from '../../../../src/postgres/tables.ts';
import { createTestDatabase, type TestDatabase } from '../../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
let large: BucketedTable;

beforeAll(async () => {
  database = await createTestDatabase('buckets');
  client = await database.connect();
  await client.query(`CREATE TABLE large (id uuid PRIMARY KEY, note text);
    INSERT INTO large SELECT gen_random_uuid(), 'note ' || i FROM generate_series(1, 50000) i;
    ANALYZE large`);
  await pinSession(client);
  await client.query('SET parallel_setup_cost = 0; SET min_parallel_table_scan_size = 0');
  const [table] = await listTables(client);
  const facts = (await readTableFacts(client, [table!])).get(table!.oid)!;
  large = { table: table!, facts, bucketing: chooseBucketing(facts) };
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

test('buckets are added up by several processes, none of which sorts rows', async () => {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${bucketsSql(large)}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toMatch(/Gather[^]*Partial HashAggregate[^]*Parallel Seq Scan/);
  expect(plan.slice(plan.indexOf('Partial HashAggregate'))).not.toContain('Sort');
});

test('buckets come in order and make up the fingerprint', async () => {
  const { rows } = await client.query<string[]>({ text: bucketsSql(large), rowMode: 'array' });
  const numbers = rows.map(([number]) => Number(number));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(numbers.length).toBeGreaterThan(500);
  const sum = (column: number) => rows.reduce((all, row) => all + BigInt(row[column] ?? ''), 0n);
  const whole = await client.query(fingerprintSql(large.table));
  expect(whole.rows).toEqual([{ rows: String(sum(1)), hash: String(sum(2)) }]);
});

test('a row looks new from the given transaction on, for half of all numbers, in a circle', async () => {
  const circle = 2n ** 32n;
  const isNew = (first: bigint, number: bigint) => (number - first + circle) % circle < 2n ** 31n;
  for (const first of [3n, 700n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 31n + 1n, circle - 1n]) {
    const steps = [-2n, -1n, 0n, 1n, 255n, 256n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 31n + 1n];
    const numbers = steps.map((step) => (first + step + circle) % circle);
    const list = numbers.map((number) => `('${number}'::xid)`).join(', ');
    const sql = `SELECT xmin::text, ${looksNew(first)} AS new FROM (VALUES ${list}) t (xmin)`;
    const { rows } = await client.query<{ xmin: string; new: boolean }>(sql);
    expect(rows).toEqual(
      numbers.map((number) => ({ xmin: String(number), new: isNew(first, number) })),
    );
  }
});

test('rows that look new are added up by several processes, too, in the same pass', async () => {
  const everything = { text: bucketsSql(large, 3n), rowMode: 'array' as const };
  const plan = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${everything.text}`);
  expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
    /Gather[^]*Partial HashAggregate[^]*Parallel Seq Scan/,
  );
  const { rows } = await client.query<string[]>(everything);
  for (const row of rows) expect(row.slice(4)).toEqual(row.slice(1, 4));
  const [{ next }] = (
    await client.query(`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS next`)
  ).rows as [{ next: string }];
  const later = await client.query<string[]>({
    text: bucketsSql(large, BigInt(next) % 2n ** 32n),
    rowMode: 'array',
  });
  for (const row of later.rows) expect(row.slice(4)).toEqual(['0', '0', '0']);
});
