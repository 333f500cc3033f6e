import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/postgres/connection.ts';
import { withProgramEnvironment } from '../../../src/postgres/program-environment.ts';
import { connect, withSession } from '../../../src/postgres/session.ts';
import { Secret } from '../../../src/secret.ts';
import { removeStalePrivateDirectories } from '../../../src/system/private-directory.ts';
import { runProgram } from '../../../src/system/program.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

const applicationName = 'pma-backup: test';
let database: TestDatabase;
let watcher: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('session "人"');
  watcher = await database.connect();
});

afterAll(async () => {
  await watcher.end();
  await database.drop();
});

async function sessions(name: string): Promise<number> {
  const { rows } = await watcher.query<{ count: number }>(
    'select count(*)::int from pg_stat_activity where application_name = $1',
    [name],
  );
  return rows[0]?.count ?? 0;
}

describe('a session', () => {
  test('carries its name and is closed afterwards, also when its use fails', async () => {
    const name = 'pma-backup: named';
    const using = withSession(database.connection, { applicationName: name }, async (client) => {
      expect(await sessions(name)).toBe(1);
      await client.query('select 1/0');
    });
    await expect(using).rejects.toMatchObject({ code: 'query_failed' });
    await expect.poll(() => sessions(name)).toBe(0);
  });

  test('that is aborted stops its query on the server, too', async () => {
    const name = 'pma-backup: aborted';
    const stopping = new AbortController();
    const reason = new Error('enough');
    const options = { applicationName: name, signal: stopping.signal };
    const using = withSession(database.connection, options, (client) =>
      client.query('select pg_sleep(300)'),
    );
    const failing = expect(using).rejects.toBe(reason);
    await expect.poll(() => sessions(name)).toBe(1);
    stopping.abort(reason);
    await failing;
    await expect.poll(() => sessions(name)).toBe(0);
  });

  test('that is lost fails the next query, not the process', async () => {
    const using = withSession(database.connection, { applicationName }, async (client) => {
      await client.query('select pg_terminate_backend(pg_backend_pid())').catch(() => undefined);
      await new Promise((resolve) => client.once('end', resolve));
      await client.query('select 1');
    });
    await expect(using).rejects.toMatchObject({ code: 'connection_lost' });
  });

  test('takes the options of its connection', async () => {
    const connection = { ...database.connection, options: '-c geqo_threshold=7' };
    await withSession(connection, { applicationName }, async (client) => {
      const { rows } = await client.query('show geqo_threshold');
      expect(rows).toEqual([{ geqo_threshold: '7' }]);
    });
  });
});

test.each<[string, (connection: Connection) => Connection, string]>([
  ['a missing database', (c) => ({ ...c, database: 'no such' }), 'database_missing'],
  ['an unknown role', (c) => ({ ...c, user: 'nobody "x"' }), 'login_refused'],
  [
    'a port where nobody listens',
    (c) => ({ ...c, host: '127.0.0.1', port: 1 }),
    'server_unreachable',
  ],
  ['a socket that is not there', (c) => ({ ...c, host: '/nowhere' }), 'server_unreachable'],
  ['an unknown host', (c) => ({ ...c, host: 'no-such-host.invalid' }), 'host_unknown'],
  [
    'a certificate that is missing',
    (c) => ({ ...c, host: '127.0.0.1', sslmode: 'verify-full', sslrootcert: '/nowhere.crt' }),
    'tls_refused',
  ],
])('%s is told with a hint', async (_, change, code) => {
  const connecting = connect(change(database.connection), { applicationName });
  await expect(connecting).rejects.toMatchObject({ code, hint: expect.any(String) as string });
});

test('an aborted signal stops connecting', async () => {
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(connect(database.connection, { applicationName, signal })).rejects.toBe(reason);
});

describe('the environment of the programs', () => {
  test('leads psql to the same database', async () => {
    const shown = await withProgramEnvironment(database.connection, { applicationName }, (env) =>
      runProgram(
        'psql',
        ['-XAtc', `select current_database(), current_setting('application_name')`],
        { env },
      ),
    );
    expect(shown.stdout).toBe(`${database.name}|${applicationName}`);
  });

  test('has the password in a private file only, which is gone afterwards', async () => {
    const connection = { ...database.connection, password: new Secret('ge:he\\im') };
    const file = await withProgramEnvironment(connection, { applicationName }, async (env) => {
      const { PGPASSFILE = '', ...rest } = env as Partial<typeof env>;
      expect(JSON.stringify(rest)).not.toContain('ge:he');
      expect((await stat(PGPASSFILE)).mode & 0o777).toBe(0o600);
      expect((await stat(path.dirname(PGPASSFILE))).mode & 0o777).toBe(0o700);
      expect(await readFile(PGPASSFILE, 'utf8')).toBe('*:*:*:*:ge\\:he\\\\im\n');
      return PGPASSFILE;
    });
    await expect(readdir(path.dirname(file))).rejects.toThrow('ENOENT');
  });

  test('a password file that a killed run left is removed, one in use is not', async () => {
    const { pid } = spawnSync('true'); // this process has ended
    const uid = process.getuid?.() ?? 0;
    const stale = await mkdtemp(path.join(tmpdir(), `pma-backup-private-${uid}-${pid}-`));
    const connection = { ...database.connection, password: new Secret('geheim') };
    await withProgramEnvironment(connection, { applicationName }, async ({ PGPASSFILE }) => {
      await removeStalePrivateDirectories();
      await expect(readdir(stale)).rejects.toThrow('ENOENT');
      expect(await readFile(String(PGPASSFILE), 'utf8')).toContain('geheim');
    });
  });
});
