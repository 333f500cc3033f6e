import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Proof } from '../../../src/domain/proof.ts';
import type { Connection } from '../../../src/postgres/connection.ts';
import type { ProveOptions } from '../../../src/postgres/prove.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import { connect } from '../../../src/postgres/session.ts';
import { withSharedScratch, type Guest } from '../../../src/postgres/shared-scratch.ts';
import { until } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, proveOn, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';

const tag = randomBytes(4).toString('hex');
const owner = `"Öwner ""${tag}"""`;
const [reader, neighbour, limited] = [`reader_${tag}`, `neighbour_${tag}`, `limited_${tag}`];

let database: TestDatabase;
let dump: TestDump;
/** Stands for a server of others. */
let server: ScratchServer;
let client: pg.Client;
let atFirst: unknown;

beforeAll(async () => {
  [database, server] = await Promise.all([createTestDatabase('shared'), startTestScratch()]);
  const source = await database.connect();
  await source.query(`
    CREATE ROLE ${owner} LOGIN CREATEROLE; CREATE ROLE ${reader} LOGIN; CREATE ROLE ${neighbour};
    GRANT ${reader} TO ${owner};
    ALTER DATABASE ${database.name} OWNER TO ${owner};
    SET ROLE ${owner};
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
    INSERT INTO shop.orders (note) SELECT 'note ' || g FROM generate_series(1, 500) g;
    CREATE MATERIALIZED VIEW shop.notes AS SELECT note FROM shop.orders;
    GRANT SELECT ON shop.orders TO ${reader};
    GRANT SELECT ON shop.notes TO ${neighbour};
    SELECT lo_from_bytea(0, 'large');
    ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY`);
  await source.end();
  dump = await makeTestDump(database);
  client = await connect(server.connection, { applicationName: 'test' });
  await client.query(`
    CREATE ROLE ${neighbour} LOGIN CREATEDB; COMMENT ON ROLE ${neighbour} IS 'not ours';
    CREATE ROLE ${limited} LOGIN CREATEDB CREATEROLE`);
  await client.query('CREATE DATABASE pma_verify_of_somebody');
  atFirst = await everythingOnTheServer();
});

afterAll(async () => {
  await client.end();
  await server.stop();
  await dump.remove();
  const other = await createTestDatabase('shared');
  const source = await other.connect();
  await database.drop();
  await source.query(`DROP ROLE ${owner}, ${reader}, ${neighbour}`);
  await source.end();
  await other.drop();
});

describe('a test restore on a server that others use', () => {
  test('proves a backup and leaves nothing behind', async () => {
    const proof = await proveAsGuest();
    expect(proof).toMatchObject({ state: 'proven', reason: null, mismatches: 0 });
    expect(proof.notCompared.map(({ what }) => what)).toEqual(
      expect.arrayContaining([
        `role '${neighbour}'`,
        'attributes, settings and memberships of roles',
      ]),
    );
    expect(await everythingOnTheServer()).toEqual(atFirst);
  });

  test('gives the roles that it makes no login and no right', async () => {
    const roles: string[] = [];
    await proveAsGuest({
      beforeComparing: async () => {
        const { rows } = await client.query<{ rolname: string }>(
          `SELECT rolname FROM pg_roles WHERE rolname IN ('Öwner "${tag}"', $1)
             AND NOT (rolcanlogin OR rolcreaterole OR rolcreatedb OR rolsuper OR rolreplication)`,
          [reader],
        );
        roles.push(...rows.map(({ rolname }) => rolname));
      },
    });
    expect(roles).toHaveLength(2);
  });

  test('needs no superuser', async () => {
    const proof = await proveAsGuest({}, { ...server.connection, user: limited });
    expect(proof).toMatchObject({ state: 'proven', reason: null, mismatches: 0 });
    expect(await everythingOnTheServer()).toEqual(atFirst);
  });

  test('proves nothing of what only a superuser could restore', async () => {
    const source = await database.connect();
    await source.query(`
      CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
      CREATE EVENT TRIGGER watching ON sql_drop EXECUTE FUNCTION nothing()`);
    const superusers = await makeTestDump(database);
    await source.query('DROP EVENT TRIGGER watching; DROP FUNCTION nothing()');
    await source.end();
    const proof = await proveAsGuest({}, { ...server.connection, user: limited }, superusers);
    await superusers.remove();
    expect(proof).toMatchObject({ state: 'unproven', mismatches: 0 });
    expect(proof.reason).toMatch(/permission denied|must be/);
    expect(await everythingOnTheServer()).toEqual(atFirst);
  });

  test('makes nothing on the source, by whatever name that is reached', async () => {
    const other = { ...database.connection, host: `${database.connection.host}/.` };
    const proof = await proveAsGuest({}, other);
    expect(proof).toMatchObject({ state: 'unproven', tables: [] });
    expect(proof.reason).toContain('VERIFY_DATABASE_URL must name another one');
  });

  test('still sees damage', async () => {
    const proof = await proveAsGuest({
      beforeComparing: async (restored) => {
        await restored.query('DELETE FROM shop.orders WHERE id = 7');
      },
    });
    expect(proof).toMatchObject({ state: 'failed', mismatches: 1 });
    expect(proof.firstDifferences[0]?.keys.join()).toContain('7');
    expect(await everythingOnTheServer()).toEqual(atFirst);
  });

  test('leaves nothing behind when it is cancelled', async () => {
    const cancel = new AbortController();
    const beforeComparing = () => {
      cancel.abort(new Error('cancelled'));
      return Promise.resolve();
    };
    await expect(proveAsGuest({ beforeComparing, signal: cancel.signal })).rejects.toThrow(
      'cancelled',
    );
    expect(await everythingOnTheServer()).toEqual(atFirst);
  });

  test('removes what a killed one has left', async () => {
    const killed = withTurn(async ({ id }) => {
      await proveOn(dump, { scratch: server.connection, guest: id, keep: () => undefined });
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1',
        [`%${id}`],
      );
    });
    await expect(killed).rejects.toMatchObject({ code: 'connection_lost' });
    expect(await everythingOnTheServer()).not.toEqual(atFirst);
    await withTurn(async () => expect(await everythingOnTheServer()).toEqual(atFirst));
  });

  test('waits until another one has ended, or until it is cancelled', async () => {
    const events: string[] = [];
    const cancel = new AbortController();
    const waiting = { count: 0 };
    const onWaiting = () => (waiting.count += 1);
    await withTurn(async () => {
      const second = withTurn(() => Promise.resolve(events.push('second')), { onWaiting });
      const third = withTurn(() => Promise.resolve(events.push('third')), {
        onWaiting,
        signal: cancel.signal,
      });
      const refused = expect(third).rejects.toThrow('cancelled');
      await until(() => Promise.resolve(waiting.count === 2));
      cancel.abort(new Error('cancelled'));
      await refused;
      events.push('first');
      return { second };
    }).then(({ second }) => second);
    expect(events).toEqual(['first', 'second']);
  });

  test('ends when the session that holds its turn is lost', async () => {
    const lost = withTurn(async ({ id, signal }) => {
      await client.query(
        'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1',
        [`%${id}`],
      );
      await until(() => Promise.resolve(signal.aborted));
      signal.throwIfAborted();
    });
    await expect(lost).rejects.toMatchObject({ code: 'connection_lost' });
  });
});

function withTurn<T>(
  use: (guest: Guest) => Promise<T>,
  options: { signal?: AbortSignal; onWaiting?: () => void; connection?: Connection } = {},
): Promise<T> {
  const { signal = new AbortController().signal, onWaiting = () => undefined } = options;
  return withSharedScratch(
    { connection: options.connection ?? server.connection, signal, onWaiting },
    use,
  );
}

function proveAsGuest(
  options: Partial<ProveOptions> = {},
  connection = server.connection,
  which = dump,
): Promise<Proof> {
  const { signal } = options;
  return withTurn(
    (guest) =>
      proveOn(which, { ...options, scratch: connection, guest: guest.id, signal: guest.signal }),
    { connection, ...(signal ? { signal } : {}) },
  );
}

async function everythingOnTheServer(): Promise<unknown> {
  const { rows } = await client.query(`
    SELECT (SELECT array_agg(datname::text ORDER BY 1) FROM pg_database) AS databases,
      (SELECT json_agg(r ORDER BY rolname) FROM pg_roles r) AS roles,
      (SELECT json_agg(m) FROM pg_auth_members m) AS memberships,
      (SELECT json_agg(s) FROM pg_db_role_setting s) AS settings`);
  return rows[0];
}
