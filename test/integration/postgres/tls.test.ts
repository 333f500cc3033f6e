import { mkdtemp, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/postgres/connection.ts';
import { dumpDatabase } from '../../../src/postgres/dump.ts';
import { withProgramEnvironment } from '../../../src/postgres/program-environment.ts';
import { findClientProgram } from '../../../src/postgres/programs.ts';
import { withSession } from '../../../src/postgres/session.ts';
import { removeTree } from '../../../src/system/files.ts';
import { runProgram } from '../../../src/system/program.ts';
import { startTlsServer, type TlsServer } from '../../harness/tls-server.ts';

let place: string;
let server: TlsServer;

beforeAll(async () => {
  place = await mkdtemp(path.join(tmpdir(), 'tls-'));
  await chmod(place, 0o711); // the server's user passes through
  server = await startTlsServer(place);
});

afterAll(async () => {
  await server.kill();
  await removeTree(place);
});

// What is let in, by `pg` as by PostgreSQL's own programs, and whether the connection is encrypted.
const cases: [string, Partial<Connection>, () => Partial<Connection>, boolean][] = [
  ['disable', { sslmode: 'disable' }, () => ({}), false],
  ['prefer', { sslmode: 'prefer' }, () => ({}), true],
  ['require', { sslmode: 'require' }, () => ({}), true],
  ['require, with the root of another', { sslmode: 'require' }, otherRoot, false],
  ['verify-ca, by another name', { sslmode: 'verify-ca', host: '127.0.0.1' }, rightRoot, true],
  ['verify-ca, with the root of another', { sslmode: 'verify-ca' }, otherRoot, false],
  ['verify-full', { sslmode: 'verify-full' }, rightRoot, true],
  ['verify-full, by another name', { sslmode: 'verify-full', host: '127.0.0.1' }, rightRoot, false],
  ['verify-full, with the root of another', { sslmode: 'verify-full' }, otherRoot, false],
  ['a role without its certificate', { sslmode: 'require', user: 'certified' }, () => ({}), false],
  [
    'a role with its certificate',
    { sslmode: 'verify-full', user: 'certified' },
    () => ({ ...rightRoot(), sslcert: server.clientCertificate, sslkey: server.clientKey }),
    true,
  ],
];

describe('on a server that wants TLS', () => {
  test.each(cases)('%s means the same to pg and to the programs', async (_, mode, files, works) => {
    const connection = connectionBy({ ...mode, ...files() });
    const [byPg, byProgram] = await Promise.all([
      encryptedByPg(connection).catch((error: unknown) => error),
      encryptedByPsql(connection).catch((error: unknown) => error),
    ]);
    if (works) expect([byPg, byProgram]).toEqual([true, true]);
    else {
      expect(byPg).toMatchObject({
        code: expect.stringMatching(/^(tls|login)_refused$/) as string,
      });
      expect(byProgram).toMatchObject({ code: 'program_failed' });
    }
  });

  test('a certificate of another authority is told as such, with a hint', async () => {
    const connection = connectionBy({ sslmode: 'verify-full', ...otherRoot() });
    await expect(encryptedByPg(connection)).rejects.toMatchObject({
      code: 'tls_refused',
      hint: expect.stringContaining('sslmode') as string,
    });
  });

  test('a whole dump is made over a verified connection', async () => {
    const directory = await mkdtemp(path.join(place, 'dump-'));
    const reading = await dumpDatabase({
      connection: connectionBy({ sslmode: 'verify-full', ...rightRoot() }),
      ...{ directory, jobs: 2, maxBlockSeconds: 60, lockTimeoutSeconds: 5, run: 'tls' },
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    expect(reading.unknownWarnings).toEqual([]);
  });
});

function rightRoot(): Partial<Connection> {
  return { sslrootcert: server.authority };
}

function otherRoot(): Partial<Connection> {
  return { sslrootcert: server.otherAuthority };
}

function connectionBy(changes: Partial<Connection>): Connection {
  return { ...server.connection('postgres'), host: 'localhost', ...changes };
}

const isEncrypted = 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()';

async function encryptedByPg(connection: Connection): Promise<boolean> {
  return withSession(connection, { applicationName: 'test' }, async (client) => {
    const { rows } = await client.query<{ ssl: boolean }>(isEncrypted);
    return rows[0]?.ssl ?? false;
  });
}

async function encryptedByPsql(connection: Connection): Promise<boolean> {
  const { path: psql } = await findClientProgram('psql');
  return withProgramEnvironment(connection, { applicationName: 'test' }, async (env) => {
    const { stdout } = await runProgram(psql, ['-XAtw', '-c', isEncrypted], { env });
    return stdout.trim() === 't';
  });
}
