import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSequences } from '../../../src/postgres/sequences.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
const role = `sequence_reader_${process.pid}`;

beforeAll(async () => {
  database = await createTestDatabase('sequences');
  client = await database.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

describe('reading sequences', () => {
  it('gives value and is_called of every one, exactly', async () => {
    await client.query(`CREATE SCHEMA "S 1"; CREATE SEQUENCE "S 1"."it's ""one""";
      CREATE SEQUENCE used; SELECT nextval('used'); CREATE SEQUENCE set; SELECT setval('set', 1, false);
      CREATE SEQUENCE big START 9223372036854775807; CREATE TEMP SEQUENCE mine;
      CREATE SEQUENCE down INCREMENT -1 MINVALUE -9223372036854775808 MAXVALUE -5;
      CREATE TABLE t (a serial, b int GENERATED ALWAYS AS IDENTITY); INSERT INTO t DEFAULT VALUES`);
    const read = (await readSequences(client)).map(
      ({ schema, sequence, value }) =>
        `${schema}.${sequence} ${value.value} ${String(value.isCalled)}`,
    );
    expect(read.toSorted()).toEqual([
      `S 1.it's "one" 1 false`,
      'public.big 9223372036854775807 false',
      'public.down -5 false',
      'public.set 1 false',
      'public.t_a_seq 1 true',
      'public.t_b_seq 1 true',
      'public.used 1 true',
    ]);
  });

  it('reads more than fit into one query', async () => {
    await client.query(`CREATE SCHEMA many; DO $$ BEGIN FOR i IN 1..450 LOOP
      EXECUTE 'CREATE SEQUENCE many.s' || i || ' START ' || i; END LOOP; END $$`);
    const many = (await readSequences(client)).filter(({ schema }) => schema === 'many');
    expect(many).toHaveLength(450);
    expect(many.every(({ sequence, value }) => sequence === `s${value.value}`)).toBe(true);
    await client.query('DROP SCHEMA many CASCADE');
  });

  it('passes over those that are dropped meanwhile', async () => {
    const dropper = await database.connect();
    const stop = new AbortController();
    const churn = (async () => {
      while (!stop.signal.aborted) {
        await dropper.query('CREATE SEQUENCE passing');
        await dropper.query('DROP SEQUENCE passing');
      }
    })();
    try {
      for (let round = 0; round < 50; round++) {
        const names = (await readSequences(client)).map(({ sequence }) => sequence);
        expect(names).toContain('used');
      }
    } finally {
      stop.abort();
      await churn;
      await dropper.end();
    }
  });

  it('names one that the role may not read', async () => {
    await client.query(`CREATE ROLE ${role} LOGIN`);
    const { host, port } = database.connection;
    const reader = new pg.Client({ host, port, user: role, database: database.name });
    await reader.connect();
    await expect(readSequences(reader)).rejects.toMatchObject({
      code: 'permission_denied',
      message: `role '${role}' may not read sequence 'S 1.it's "one"'`,
      hint: expect.stringContaining('GRANT SELECT ON SEQUENCE "S 1"."it\'s ""one"""') as string,
    });
    await reader.end();
    await client.query(`DROP ROLE ${role}`);
  });

  it('gives nothing where there are none', async () => {
    const empty = await createTestDatabase('no_sequences');
    const session = await empty.connect();
    expect(await readSequences(session)).toEqual([]);
    await session.end();
    await empty.drop();
  });
});
