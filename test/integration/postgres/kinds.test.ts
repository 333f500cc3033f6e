import { mkdtemp, readdir, stat, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMismatches } from '../../../src/domain/compare.ts';
import { dumpPath, type DumpFormat } from '../../../src/domain/dump-layout.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import type { DumpContent } from '../../../src/postgres/selection.ts';
import { removeTree } from '../../../src/system/files.ts';
import { someTables, wholeDatabase } from '../../harness/kinds.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, prove, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase } from '../../harness/torture.ts';

let torture: TestDatabase;
let shop: TestDatabase;
let scratch: ScratchServer;
const dumps: TestDump[] = [];

const schemaOnly: DumpContent = { kind: 'schema_only', module: null };
const dataOnly: DumpContent = { kind: 'data_only', module: null };
const orders: DumpContent = {
  kind: 'full',
  module: { name: 'orders', patterns: ['public.ord*'] },
};

beforeAll(async () => {
  [torture, shop, scratch] = await Promise.all([
    createTortureDatabase(),
    createTestDatabase('kinds'),
    startTestScratch(),
  ]);
  const client = await shop.connect();
  await client.query(`
    CREATE TABLE customers (id serial PRIMARY KEY, name text);
    INSERT INTO customers (name) SELECT 'customer ' || n FROM generate_series(1, 300) n;
    CREATE TABLE orders (id serial PRIMARY KEY, customer int REFERENCES customers, note text);
    INSERT INTO orders (customer, note) SELECT n, repeat('note ', n) FROM generate_series(1, 200) n;
    CREATE TABLE order_lines (id serial PRIMARY KEY, ordered int REFERENCES orders);
    INSERT INTO order_lines (ordered) SELECT n FROM generate_series(1, 100) n;
    CREATE SEQUENCE invoices; SELECT nextval('invoices');
    SELECT lo_from_bytea(4711, 'large');
    CREATE MATERIALIZED VIEW totals AS SELECT count(*) FROM orders;
  `);
  await client.end();
});

afterAll(async () => {
  await Promise.all([torture.drop(), shop.drop(), scratch.stop()]);
  await Promise.all(dumps.map((dump) => dump.remove()));
});

async function dumpOf(
  database: TestDatabase,
  content: DumpContent,
  format: DumpFormat,
): Promise<TestDump> {
  const dump = await makeTestDump(database, { content, format });
  dumps.push(dump);
  return dump;
}

describe('a database with one of everything is proven', () => {
  test.each<[string, DumpContent, DumpFormat]>([
    ['as plain SQL', wholeDatabase, 'plain'],
    ['as one custom file', wholeDatabase, 'custom'],
    ['without its data', schemaOnly, 'directory'],
    ['without its schema', dataOnly, 'directory'],
    ['as a module', someTables, 'directory'],
    ['as a module in plain SQL', someTables, 'plain'],
  ])('%s', async (_, content, format) => {
    const proof = await prove(await dumpOf(torture, content, format), scratch);
    expect(proof).toMatchObject({ state: 'proven', reason: null });
    expect(listMismatches(proof)).toEqual([]);
    expect(proof.mismatches).toBe(0);
    expect(proof.tables.length).toBeGreaterThan(30);
  });
});

/** What somebody does to the restored database, and all that the proof may find. */
const damages: readonly [string, DumpContent, DumpFormat, string, string[]][] = [
  [
    'a plain dump',
    wholeDatabase,
    'plain',
    `DELETE FROM customers WHERE id = 250; SELECT setval('invoices', 7)`,
    [
      `table 'public.customers': 300 rows expected, 299 restored`,
      `sequence 'public.invoices': 1 dumped, 7 restored`,
    ],
  ],
  [
    'a custom dump',
    wholeDatabase,
    'custom',
    `UPDATE orders SET note = 'x' WHERE id = 5; SELECT lo_unlink(4711)`,
    [
      `table 'public.orders': other contents in 200 rows`,
      'large objects: 1 expected, 0 restored',
      'BLOB 4711 is missing',
    ],
  ],
  [
    'a schema',
    schemaOnly,
    'plain',
    `INSERT INTO customers (name) VALUES ('x'); DROP TABLE order_lines`,
    [
      `table 'public.customers': 0 rows expected, 1 restored`,
      `table 'public.order_lines' is missing`,
    ],
  ],
  [
    'rows',
    dataOnly,
    'custom',
    `DELETE FROM order_lines WHERE id = 3; SELECT lo_put(4711, 0, 'L')`,
    [
      `table 'public.order_lines': 100 rows expected, 99 restored`,
      'large objects: other contents in 1 object',
    ],
  ],
  [
    'a module',
    orders,
    'custom',
    `INSERT INTO customers VALUES (1, 'x'); SELECT setval('orders_id_seq', 3)`,
    [
      `table 'public.customers': 0 rows expected, 1 restored`,
      `sequence 'public.orders_id_seq': 200 dumped, 3 restored`,
    ],
  ],
];

describe('damage to what was restored is found out, and nothing else', () => {
  test.each(damages)('in %s', async (_, content, format, sql, lines) => {
    const proof = await prove(await dumpOf(shop, content, format), scratch, {
      beforeComparing: async (client) => {
        await client.query(sql);
      },
    });
    expect(proof.state).toBe('failed');
    const found = listMismatches(proof);
    expect(found).toEqual(expect.arrayContaining(lines));
    expect(found.filter((line) => !lines.includes(line) && !/order_lines/.test(line))).toEqual([]);
  });

  test('with the keys of the rows that differ, from a plain dump, too', async () => {
    const proof = await prove(await dumpOf(shop, orders, 'plain'), scratch, {
      beforeComparing: async (client) => {
        await client.query('DELETE FROM order_lines; DELETE FROM orders WHERE id = 150');
      },
    });
    const keys = Object.fromEntries(proof.firstDifferences.map((each) => [each.table, each.keys]));
    expect(keys['public.orders']).toEqual(['150']);
  });
});

describe('a dump that lost its end', () => {
  test.each<[DumpFormat]>([['plain'], ['custom']])('fails its proof: %s', async (format) => {
    const dump = await dumpOf(shop, wholeDatabase, format);
    const file = path.join(dump.directory, dumpPath(format));
    await truncate(file, Math.floor((await stat(file)).size / 2));
    const proof = await prove(dump, scratch);
    expect(proof).toMatchObject({ state: 'failed' });
    expect(proof.reason).not.toBeNull();
  });
});

describe('a module', () => {
  test('names what it leaves out', async () => {
    const proof = await prove(await dumpOf(shop, orders, 'directory'), scratch);
    expect(proof.state).toBe('proven');
    const rows = Object.fromEntries(proof.tables.map((each) => [each.table, each.restored?.rows]));
    expect(rows).toEqual({ customers: 0, orders: 200, order_lines: 100 });
    expect(proof.sequences.map(({ sequence }) => sequence).sort()).toEqual([
      'order_lines_id_seq',
      'orders_id_seq',
    ]);
    const named = proof.notCompared.map(({ what }) => what);
    expect(named).toContain(`foreign key 'orders_customer_fkey' of table 'public.orders'`);
    expect(named).toContain('large objects');
  });

  test('with a pattern that means no table is refused by that pattern, and leaves nothing', async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'pma-kinds-'));
    const module = { name: 'orders', patterns: ['public.orders', 'public.oders*'] };
    const dumping = makeTestDump(shop, { directory, content: { kind: 'full', module } });
    await expect(dumping).rejects.toMatchObject({
      code: 'invalid_settings',
      message: `pattern 'public.oders*' of module 'orders' matches no table`,
    });
    expect(await readdir(directory)).toEqual([]);
    await removeTree(directory);
  });
});
