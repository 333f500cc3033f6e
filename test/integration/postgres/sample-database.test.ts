import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../../src/postgres/connection.ts';
import { ensureSampleDatabase, fillSampleDatabase } from '../../../src/postgres/sample-database.ts';
import { connect } from '../../../src/postgres/session.ts';
import { createTestDatabase, testCluster, type TestDatabase } from '../../harness/postgres.ts';

const name = `sample ${randomBytes(4).toString('hex')}`;
let other: TestDatabase;

beforeAll(async () => {
  other = await createTestDatabase('sample_other');
  await onServer(`CREATE DATABASE ${pg.escapeIdentifier(`${name}_unfinished`)}`); // of a killed run
  await Promise.all([
    ensureSampleDatabase(testCluster(), { name }),
    fillSampleDatabase(other.connection),
  ]);
});

afterAll(async () => {
  await other.drop();
  await onServer(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
});

test('fills tens of thousands of rows, the same at every filling', async () => {
  const one = await contents({ ...testCluster(), database: name });
  const two = await contents(other.connection);
  expect(one).toEqual(two);
  const rows = one.map(({ rows }) => rows);
  expect(rows.length).toBeGreaterThanOrEqual(12);
  expect(rows.reduce((sum, n) => sum + n, 0)).toBeGreaterThan(50_000);
});

test('leaves a database that is there as it is', async () => {
  const connection = await ensureSampleDatabase(testCluster(), { name });
  const client = await connect(connection, { applicationName: 'test' });
  await client.query('DELETE FROM shop."Mail Queue"');
  await client.end();
  await ensureSampleDatabase(testCluster(), { name });
  const queue = (await contents(connection)).find(({ table }) => table.includes('Mail'));
  expect(queue?.rows).toBe(0);
});

async function contents(
  connection: Connection,
): Promise<{ table: string; rows: number; hash: string }[]> {
  const client = await connect(connection, { applicationName: 'test' });
  const tables = await client.query<{ table: string }>(
    `SELECT oid::regclass::text AS table FROM pg_class
     WHERE relkind = 'r' AND relnamespace::regnamespace::text IN ('institute', 'shop') ORDER BY 1`,
  );
  const all = [];
  for (const { table } of tables.rows) {
    const without = table.includes('Mail') ? `- 'attachment'` : ''; // its oid is the server's choice
    const { rows } = await client.query<{ rows: number; hash: string }>(
      `SELECT count(*)::int AS rows, md5(string_agg(line, '' ORDER BY line)) AS hash
       FROM (SELECT (to_jsonb(t) ${without})::text AS line FROM ${table} t) lines`,
    );
    all.push({ table, ...rows[0]! });
  }
  await client.end();
  return all;
}

async function onServer(statement: string): Promise<void> {
  const client = await connect(testCluster(), { applicationName: 'test' });
  await client.query(statement);
  await client.end();
}
