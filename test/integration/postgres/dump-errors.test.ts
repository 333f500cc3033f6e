import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/postgres/connection.ts';
import { dumpSessionName } from '../../../src/postgres/session-name.ts';
import { dumpProcesses, until, withDump } from '../../harness/dump.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let admin: pg.Client;
let role: string;
let asRole: Connection;

beforeAll(async () => {
  database = await createTestDatabase('errors');
  admin = await database.connect();
  role = `reader_${database.name}`;
  asRole = { ...database.connection, user: role };
  await admin.query(`
    CREATE ROLE ${role} LOGIN;
    CREATE SCHEMA s;
    CREATE TABLE s.t AS SELECT generate_series(1, 10) AS i;
    CREATE SEQUENCE s.q;
    GRANT USAGE ON SCHEMA s TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA s TO ${role};
    GRANT SELECT ON ALL SEQUENCES IN SCHEMA s TO ${role}`);
});

afterAll(async () => {
  await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await admin.end();
  await database.drop();
});

describe('a role that is no superuser', () => {
  test('makes a dump when it may read everything', async () => {
    await withDump(database, { connection: asRole }, ({ reading }) => {
      expect(reading.tables).toMatchObject([{ table: 't', rows: 10 }]);
      expect(reading.roles).toContain(role);
      expect(reading.unknownWarnings).toEqual([]);
      return Promise.resolve();
    });
  });

  test('finds in its dump who has something here, and nobody else of the server', async () => {
    const [stranger, member] = [`${role}_stranger`, `${role}_member`];
    await admin.query(`CREATE ROLE ${stranger}; CREATE ROLE ${member} IN ROLE ${role}`);
    await withDump(database, { connection: asRole }, ({ reading }) => {
      expect(reading.roles).toEqual(expect.arrayContaining([role, member]));
      expect(reading.roles).not.toContain(stranger);
      return Promise.resolve();
    });
    await admin.query(`DROP ROLE ${stranger}, ${member}`);
  });

  test('is told which table it may not read', async () => {
    await admin.query(`REVOKE SELECT ON s.t FROM ${role}`);
    await expect(dumpAsRole()).rejects.toMatchObject({
      code: 'permission_denied',
      message: `role '${role}' may not read table 's.t'`,
      hint: expect.stringContaining(`GRANT SELECT ON "s"."t" TO "${role}"`) as string,
    });
    await admin.query(`GRANT SELECT ON s.t TO ${role}`);
  });

  test('is told which schema it may not use', async () => {
    await admin.query(`REVOKE USAGE ON SCHEMA s FROM ${role}`);
    await expect(dumpAsRole()).rejects.toMatchObject({ code: 'permission_denied' });
    await admin.query(`GRANT USAGE ON SCHEMA s TO ${role}`);
  });

  test('is told which sequence it may not read', async () => {
    await admin.query(`REVOKE SELECT ON SEQUENCE s.q FROM ${role}`);
    await expect(dumpAsRole()).rejects.toMatchObject({
      code: 'permission_denied',
      message: `role '${role}' may not read sequence 's.q'`,
    });
    await admin.query(`GRANT SELECT ON SEQUENCE s.q TO ${role}`);
  });

  test('is told which large object it may not read', async () => {
    const { rows } = await admin.query<{ oid: number }>(`SELECT lo_from_bytea(0, 'x') AS oid`);
    await expect(dumpAsRole()).rejects.toMatchObject({ code: 'permission_denied' });
    await admin.query('SELECT lo_unlink($1)', [rows[0]!.oid]);
  });

  test('is refused where row security would hide rows from it', async () => {
    await admin.query('ALTER TABLE s.t ENABLE ROW LEVEL SECURITY');
    await expect(dumpAsRole()).rejects.toMatchObject({
      code: 'row_security',
      message: `row security hides rows of table 's.t' from role '${role}'`,
    });
    await admin.query(`ALTER ROLE ${role} BYPASSRLS`);
    await withDump(database, { connection: asRole }, ({ reading }) => {
      expect(reading.tables).toMatchObject([{ rows: 10 }]);
      return Promise.resolve();
    });
    await admin.query(`ALTER ROLE ${role} NOBYPASSRLS; ALTER TABLE s.t DISABLE ROW LEVEL SECURITY`);
  });

  test('that dumps a database with subscriptions gets an unknown warning', async () => {
    await admin.query(
      `CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION p WITH (connect = false)`,
    );
    await withDump(database, { connection: asRole }, ({ reading }) => {
      expect(reading.unknownWarnings).toContain(
        'pg_dump: warning: subscriptions not dumped because current user is not a superuser',
      );
      return Promise.resolve();
    });
    await admin.query('ALTER SUBSCRIPTION sub SET (slot_name = NONE); DROP SUBSCRIPTION sub');
  });

  const dumpAsRole = (): Promise<void> =>
    withDump(database, { connection: asRole }, () => Promise.resolve());
});

describe('an aborted dump', () => {
  const reason = new Error('somebody changed their mind');

  test('leaves no program, no session and no file, and throws the reason, before it reads', async () => {
    const abort = new AbortController();
    const hooks = { afterLocks: () => never(() => abort.abort(reason)) };
    await expect(aborted(abort.signal, hooks)).rejects.toBe(reason);
  });

  test('so it does while pg_dump runs', async () => {
    const abort = new AbortController();
    let directory = '';
    const onDirectory = (name: string): void => {
      directory = name;
      void until(async () => (await dumpProcesses(name)).length > 0).then(() =>
        abort.abort(reason),
      );
    };
    const dumping = withDump(database, { signal: abort.signal, onDirectory }, () =>
      Promise.resolve(),
    );
    await expect(dumping).rejects.toBe(reason);
    expect(await dumpProcesses(directory)).toEqual([]);
  });

  test('so it does when it had read everything', async () => {
    const abort = new AbortController();
    const hooks = { beforeRelease: () => never(() => abort.abort(reason)) };
    await expect(aborted(abort.signal, hooks)).rejects.toBe(reason);
  });

  test('does not begin when it was aborted before', async () => {
    await expect(aborted(AbortSignal.abort(reason), {})).rejects.toBe(reason);
  });

  const aborted = (signal: AbortSignal, hooks: object): Promise<void> =>
    withDump(database, { signal, hooks }, () => Promise.resolve());
});

test('a dump whose sessions are ended on the server says that the connection was lost', async () => {
  let run = '';
  const beforeRelease = async (): Promise<void> => {
    await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = $1 AND state = 'idle in transaction'`,
      [dumpSessionName(run)],
    );
    await never();
  };
  const onDirectory = (name: string): void => void (run = name.split('/').at(-1) ?? '');
  await expect(
    withDump(database, { hooks: { beforeRelease }, onDirectory }, () => Promise.resolve()),
  ).rejects.toMatchObject({ code: 'connection_lost' });
});

test('a session that a killed attempt of the same run left behind is ended first', async () => {
  const left = await database.connect();
  const onDirectory = (name: string): void =>
    void left.query(
      `SET application_name = '${dumpSessionName(name.split('/').at(-1) ?? '')}'; BEGIN; LOCK TABLE s.t`,
    );
  await withDump(database, { onDirectory }, ({ steps }) => {
    expect(steps).toEqual(['locking the tables', 'dumping']);
    return Promise.resolve();
  });
  await expect(left.query('SELECT 1')).rejects.toThrow();
});

function never(meanwhile: () => void = () => undefined): Promise<void> {
  meanwhile();
  return new Promise(() => undefined);
}
