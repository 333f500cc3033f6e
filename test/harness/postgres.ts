import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import type { Connection } from '../../src/postgres/connection.ts';

export interface TestDatabase {
  readonly name: string;
  /** As superuser. */
  readonly connection: Connection;
  connect(): Promise<pg.Client>;
  /** Ends every session on it and removes it. */
  drop(): Promise<void>;
}

/** The shared server of this test run: superuser, database `postgres`. */
export function testCluster(): Connection {
  return inject('postgres');
}

/** A database of its own for one test file; drop it in `afterAll`. */
export async function createTestDatabase(label = 'test'): Promise<TestDatabase> {
  const name = `${label}_${randomBytes(5).toString('hex')}`;
  await onCluster(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`);
  return testDatabase(name);
}

/** A database that something else makes; it need not be there. */
export function testDatabase(name: string): TestDatabase {
  const connection = { ...testCluster(), database: name };
  return {
    name,
    connection,
    connect: () => connect(connection),
    drop: async () => {
      await onCluster(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    },
  };
}

async function connect({ host, port, user, database }: Connection): Promise<pg.Client> {
  const client = new pg.Client({ host, port, user, database });
  client.on('error', () => undefined); // a test may cut it; its next query tells
  await client.connect();
  return client;
}

/** Runs a statement on the shared server, outside of all test databases. */
export async function onCluster<Row extends pg.QueryResultRow>(statement: string): Promise<Row[]> {
  const client = await connect(testCluster());
  try {
    return (await client.query<Row>(statement)).rows;
  } finally {
    await client.end();
  }
}
