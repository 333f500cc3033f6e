import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chooseBucketing } from '../../../../src/domain/incremental/base.ts';
import { fingerprintSql, pinSession } from '../../../../src/postgres/fingerprint.ts';
import { bucketsSql, type BucketedTable } from '../../../../src/postgres/incremental/buckets.ts';
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
