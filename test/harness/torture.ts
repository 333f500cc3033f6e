import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { giveTo, removeTree } from '../../src/system/files.ts';
import { clusterUser } from '../../src/system/os-user.ts';
import { createTestDatabase, testCluster, type TestDatabase } from './postgres.ts';

const scripts = ['1-types.sql', '2-tables.sql', '3-logic.sql'];

/**
 * A small database with one of everything that PostgreSQL has. What its scripts call `"@name"` belongs to the whole
 * server and is made under a name of this database's own; `drop` removes that, too.
 */
export async function createTortureDatabase(): Promise<TestDatabase> {
  const database = await createTestDatabase('torture');
  const directory = await mkdtemp(path.join(tmpdir(), 'pma-tablespace-'));
  await giveTo(directory, clusterUser());
  const cluster = await connectTo('postgres');
  const prefix = database.name;
  await cluster.query(`CREATE TABLESPACE "${prefix}space" LOCATION ${pg.escapeLiteral(directory)}`);
  const client = await database.connect();
  for (const script of scripts) {
    const text = await readFile(path.join(import.meta.dirname, 'torture', script), 'utf8');
    await client.query(
      text.replaceAll('"@', `"${prefix}`).replace(/'@(reader|owner)'/g, `'${prefix}$1'`),
    );
  }
  await client.end();
  await cluster.end();
  return { ...database, drop: () => drop(database, directory) };
}

async function connectTo(database: string): Promise<pg.Client> {
  const { host, port, user } = testCluster();
  const client = new pg.Client({ host, port, user, database });
  await client.connect();
  return client;
}

async function drop(database: TestDatabase, directory: string): Promise<void> {
  const client = await database.connect();
  const subscription = pg.escapeIdentifier(`${database.name}sub`);
  await client.query(`ALTER EVENT TRIGGER "${database.name}watch" DISABLE`);
  await client.query(`ALTER SUBSCRIPTION ${subscription} SET (slot_name = NONE)`);
  await client.query(`DROP SUBSCRIPTION IF EXISTS ${subscription}`);
  await client.end();
  await database.drop();
  const cluster = await connectTo('postgres');
  await cluster.query(`DROP TABLESPACE "${database.name}space"`);
  for (const role of ['reader', 'login', 'Group 组', 'owner'])
    await cluster.query(`DROP ROLE ${pg.escapeIdentifier(database.name + role)}`);
  await cluster.end();
  await removeTree(directory);
}

/** Changes a torture database without pause, rows and structure, until it is stopped. */
export function startWriters(database: TestDatabase): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const writers = [
    write(database, stopped.signal, changeRows),
    write(database, stopped.signal, useSequences),
    write(database, stopped.signal, changeStructure),
  ];
  return {
    async stop() {
      stopped.abort();
      await Promise.all(writers);
    },
  };
}

async function write(
  database: TestDatabase,
  stopped: AbortSignal,
  change: (client: pg.Client, round: number) => Promise<void>,
): Promise<void> {
  const client = await database.connect();
  for (let round = 1; !stopped.aborted; round++) await change(client, round);
  await client.end();
}

async function changeRows(client: pg.Client, round: number): Promise<void> {
  await client.query('BEGIN');
  await client.query(`INSERT INTO w_rows (v, n) SELECT 'r', $1 FROM generate_series(1, 20)`, [
    round,
  ]);
  await client.query('UPDATE w_rows SET n = n + 1 WHERE id % 97 = $1', [round % 97]);
  await client.query('DELETE FROM w_rows WHERE id IN (SELECT min(id) FROM w_rows)');
  await client.query(`UPDATE child SET extra = extra + 1 WHERE a = $1`, [round % 30]);
  await client.query(
    `INSERT INTO measured (at, city, value) VALUES (date '2023-01-01' + $1::int, 'Oslo', 1)`,
    [round % 900],
  );
  await client.query(`SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid = 555555`);
  await client.query(`SELECT lo_from_bytea(555555, convert_to($1, 'UTF8'))`, [String(round)]);
  await client.query(round % 3 === 0 ? 'ROLLBACK' : 'COMMIT');
}

async function useSequences(client: pg.Client, round: number): Promise<void> {
  await client.query(`SELECT nextval('busy'), nextval('loose')`);
  if (round % 7 === 0)
    await client.query(`SELECT setval('busy', 1 + $1 % 5, $2)`, [round, round % 2 === 0]);
}

/** Gives a lock up that it does not get at once, as who changes a busy database should, and comes back. */
async function changeStructure(client: pg.Client, round: number): Promise<void> {
  await client.query(`SET lock_timeout = '30ms'`);
  const statements = [
    `BEGIN; TRUNCATE w_truncated; INSERT INTO w_truncated SELECT g, 't' FROM generate_series(1, 200) g; COMMIT`,
    `DROP TABLE IF EXISTS w_new_${round % 5}`,
    `CREATE TABLE w_new_${round % 5} AS SELECT g FROM generate_series(1, 10) g`,
    `ALTER TABLE w_altered ADD COLUMN c${round} int DEFAULT ${round % 500}`,
    `ALTER TABLE w_altered DROP COLUMN c${round}`,
    'VACUUM FULL w_vacuumed',
    `UPDATE w_vacuumed SET v = v || 'x' WHERE id % 50 = 0 AND length(v) < 500`,
  ];
  for (const statement of round < 800 ? statements : statements.slice(0, 3))
    await client.query(statement).catch(unlessLocked(client));
}

/** lock_not_available, and what follows from an earlier statement that was given up. */
const expectedStates = ['55P03', '42P07', '42701', '42703'];

function unlessLocked(client: pg.Client): (error: unknown) => Promise<void> {
  return async (error) => {
    await client.query('ROLLBACK');
    const state = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
    if (!expectedStates.includes(state)) throw error;
  };
}
