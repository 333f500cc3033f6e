import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { LargeObjectsReading } from '../../../src/domain/source-reading.ts';
import { readLargeObjects } from '../../../src/postgres/large-objects.ts';
import { runProgram } from '../../../src/system/program.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
/** Owns all objects, and may not read `pg_largeobject`. */
let owner: pg.Client;
const role = `large_owner_${process.pid}`;

beforeAll(async () => {
  database = await createTestDatabase('large');
  client = await database.connect();
  await client.query(`CREATE ROLE ${role} LOGIN`);
  const { host, port } = database.connection;
  owner = new pg.Client({ host, port, user: role, database: database.name });
  await owner.connect();
});

beforeEach(async () => {
  await client.query('SELECT lo_unlink(oid) FROM pg_largeobject_metadata');
});

afterAll(async () => {
  await owner.end();
  await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await client.end();
  await database.drop();
});

async function both(): Promise<LargeObjectsReading> {
  const reading = await inSnapshot(owner);
  expect(await inSnapshot(client)).toEqual(reading);
  return reading;
}

async function inSnapshot(session: pg.Client): Promise<LargeObjectsReading> {
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const reading = await readLargeObjects(session);
  await session.query('COMMIT');
  return reading;
}

describe('reading large objects', () => {
  it('gives 0 where there are none', async () => {
    expect(await both()).toEqual({ count: 0, hash: '0' });
  });

  it('gives the same to a superuser and to the owner, and after a restore', async () => {
    await owner.query(`
      SELECT lo_from_bytea(4001, ''), lo_from_bytea(4002, '\\x00'), lo_from_bytea(4003, 'a'),
        lo_from_bytea(4004, decode(repeat('00', 5000), 'hex')), lo_from_bytea(4005, decode(repeat('ab', 2048), 'hex')),
        lo_from_bytea(4006, decode(repeat('cd', 300001), 'hex'));
      SELECT lo_create(4007); SELECT lo_put(4007, 10000000, 'far'); SELECT lo_put(4007, 5, 'near');
      SELECT lo_create(4008); SELECT lo_put(4008, 3000, 'x'); SELECT lo_put(4008, 9, 'y');
      SELECT lo_truncate(lo_open(4006, x'60000'::int), 200000)`);
    const reading = await both();
    expect(reading.count).toBe(8);
    const copy = await createTestDatabase('large_copy');
    const { host, port, user } = database.connection;
    const server = ['-h', host, '-p', String(port), '-U', user];
    const script = (await runProgram('pg_dump', [...server, database.name])).stdout;
    await runProgram('psql', [...server, '-qX', '-v', 'ON_ERROR_STOP=1', copy.name], {
      input: `${script}\n`,
    });
    const session = await copy.connect();
    expect(await inSnapshot(session)).toEqual(reading);
    await session.end();
    await copy.drop();
  });

  const changes: Record<string, string> = {
    'one byte': `lo_put(4001, 2500, '\\x01')`,
    'a byte of the zeros': `lo_put(4001, 4500, '\\x01')`,
    'a zero more at its end': `lo_put(4001, 5000, '\\x00')`,
    'a page more of zeros at its end': `lo_put(4001, 6000, decode(repeat('00', 2048), 'hex'))`,
    'an empty object more': `lo_create(4003)`,
    'one object less': `lo_unlink(4002)`,
  };
  it.each(Object.entries(changes))('sees %s', async (_, change) => {
    await owner.query(`SELECT lo_from_bytea(4001, decode(repeat('ab', 4096) || repeat('00', 904), 'hex')),
      lo_from_bytea(4002, '')`);
    const before = await both();
    await owner.query(`SELECT ${change}`);
    expect(await both()).not.toEqual(before);
  });

  it('sees two pages, and two objects, swapped', async () => {
    const content = (first: string, second: string): string =>
      `decode(repeat('${first}', 2048) || repeat('${second}', 2048), 'hex')`;
    await owner.query(
      `SELECT lo_from_bytea(4001, ${content('aa', 'bb')}), lo_from_bytea(4002, 'b')`,
    );
    const hashes = new Set([(await both()).hash]);
    await owner.query(`SELECT lo_put(4001, 0, ${content('bb', 'aa')})`);
    hashes.add((await both()).hash);
    await owner.query(`SELECT lo_unlink(4001), lo_unlink(4002), lo_from_bytea(4002, ${content('aa', 'bb')}),
      lo_from_bytea(4001, 'b')`);
    hashes.add((await both()).hash);
    expect(hashes.size).toBe(3);
  });

  it('reads the snapshot, not what came after', async () => {
    await owner.query(`SELECT lo_from_bytea(4001, 'old')`);
    const old = await both();
    await owner.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT 1');
    await client.query(`SELECT lo_put(4001, 0, 'new'), lo_create(4002)`);
    expect(await readLargeObjects(owner)).toEqual(old);
    await owner.query('COMMIT');
  });

  it('names one that the role may not read', async () => {
    await client.query(`SELECT lo_from_bytea(4009, 'secret')`);
    await expect(readLargeObjects(owner)).rejects.toMatchObject({
      code: 'permission_denied',
      message: `role '${role}' may not read large object '4009'`,
      hint: `GRANT SELECT ON LARGE OBJECT 4009 TO "${role}"`,
    });
  });
});
