import { access, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { ListObjectVersionsCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { selfTestSettings } from '../../src/config/self-test.ts';
import type { DatabaseSettings } from '../../src/config.ts';
import {
  selfTestDatabase,
  selfTestSteps,
  type SelfTestResult,
} from '../../src/domain/self-test.ts';
import { keptFullPlace } from '../../src/postgres/kept-full.ts';
import type { Status } from '../../src/service/status.ts';
import { taskQueue } from '../../src/temporal/names.ts';
import { onCluster } from '../harness/postgres.ts';
import { startS3Server, type S3Server } from '../harness/s3-server.ts';
import {
  createTestService,
  createTestServiceFor,
  databaseUrl,
  ended,
  untilRunIn,
  type ServiceWithDatabase,
  type TestService,
} from '../harness/service.ts';

const bucket = 'self-tests';
const allSteps = Object.keys(selfTestSteps);

// Four backups with their proofs, or all attempts at one, take a while on a busy machine.
const patience = 300_000;

let server: S3Server;
let service: ServiceWithDatabase;
let settingsFile: string;
let secretFile: string;

beforeAll(async () => {
  server = await startS3Server();
  await server.createBucket(bucket, { versions: true });
  service = await createTestServiceFor('selftest', 'CREATE TABLE t (id int PRIMARY KEY)', {
    ...{ AWS_S3_BUCKET: bucket, AWS_ENDPOINT_URL_S3: server.endpoint },
    AWS_ACCESS_KEY_ID: server.accessKeyId,
    BACKUP_KEEP_FULL_RESTORED: 'true',
    BACKUP_PROVE_INCREMENTALS: 'never',
  });
  settingsFile = path.join(service.stateDirectory, 'settings.yaml');
  secretFile = path.join(service.stateDirectory, 'secret');
  Object.assign(service.environment, {
    ...{ PMA_CONFIG: settingsFile, AWS_SECRET_ACCESS_KEY_FILE: secretFile },
  });
  await makeHealthy();
  await service.startWorker();
}, 900_000); // the server may have to be built

afterAll(async () => {
  await service.close();
  await server.stop();
});

const inServer = () => ({
  AWS_ENDPOINT_URL_S3: server.endpoint,
  AWS_ACCESS_KEY_ID: server.accessKeyId,
  AWS_SECRET_ACCESS_KEY: server.secretAccessKey,
});

/** Settings are read anew by each step. */
async function makeHealthy(): Promise<void> {
  await writeFile(settingsFile, '{}\n');
  await writeFile(secretFile, server.secretAccessKey);
}

async function selfTest(of: TestService) {
  const done = await of.program('self-test', '--json'); // it may bring its own worker
  const { status, stderr } = done;
  const result = done.json() as SelfTestResult;
  const states = result.steps.map(({ name, state }) => `${name} ${state}`);
  return { status, stderr, result, states };
}

async function expectNothingLeft({ environment, stateDirectory }: TestService): Promise<void> {
  const { name: database } = service.database;
  const protectedOne = { name: 'x', connection: { database } } as DatabaseSettings;
  const made = selfTestSettings([protectedOne], selfTestDatabase)?.connection.database ?? '';
  expect(
    await onCluster(`SELECT datname FROM pg_database WHERE starts_with(datname, '${made}')`),
  ).toEqual([]);
  await expect(
    access(path.join(stateDirectory, 'backups', selfTestDatabase)),
  ).rejects.toMatchObject({ code: 'ENOENT' });
  expect(await readdir(path.join(stateDirectory, 'work'))).toEqual([]);
  await expect(access(keptFullPlace(stateDirectory, selfTestDatabase))).rejects.toMatchObject({
    code: 'ENOENT',
  });
  const { Versions = [], DeleteMarkers = [] } = await server.client.send(
    new ListObjectVersionsCommand({ Bucket: bucket, Prefix: selfTestDatabase }),
  );
  expect([...Versions, ...DeleteMarkers]).toEqual([]);
  expect(await rowsIn(environment['CATALOG_DATABASE_URL'] ?? '')).toEqual([]);
}

async function rowsIn(catalog: string): Promise<string[]> {
  const client = new pg.Client(catalog);
  await client.connect();
  const { rows } = await client.query<{ row: string }>(
    ['backups', 'copies', 'proofs', 'restores', 'alarms', 'leases', 'turns', 'conditions']
      .map(
        (table) =>
          `SELECT '${table}: ' || t AS row FROM pma_backup.${table} t WHERE t::text LIKE '%self-test%'`,
      )
      .join(' UNION ALL '),
  );
  await client.end();
  return rows.map(({ row }) => row);
}

describe('where all is well', { timeout: patience }, () => {
  test('every step is ok, and nothing is left', async () => {
    const running = selfTest(service);
    await untilRunIn(service.client, 'verify');
    const meanwhile = (await service.cli('status', '--json')).json() as Status;
    expect(meanwhile.databases.map(({ running: ids }) => ids)).toEqual([[]]);
    const byHand = { taskQueue, workflowId: 'by hand', args: [] };
    const second = (await service.client.workflow.execute('selfTest', byHand)) as SelfTestResult;
    expect(second.steps).toMatchObject([
      { name: 'leftovers', state: 'failed', failure: { code: 'conflict' } },
    ]);
    const { status, stderr, result, states } = await running;
    expect(states, stderr).toEqual(allSteps.map((name) => `${name} ok`));
    expect([status, result.state]).toEqual([0, 'ok']);
    expect(result.steps.flatMap(({ backup }) => backup ?? [])).toHaveLength(4);
    expect(result.steps.flatMap(({ remark }) => remark ?? [])).toEqual([]);
    await expectNothingLeft(service);
  });

  test('the protected databases have no part in it', async () => {
    expect((await service.cli('list', '--json')).json()).toEqual([]);
  });
});

describe('a fault is named with its step, and nothing is left', { timeout: patience }, () => {
  afterEach(makeHealthy);

  const unwritable = () =>
    writeFile(settingsFile, `location: ${path.join(settingsFile, 'backups')}\n`);

  test.each([
    ['a directory that cannot be written to', unwritable, `'local'`],
    ['a bucket that refuses', () => writeFile(secretFile, 'a-wrong-secret'), `'s3'`],
  ])('%s', async (_, plant, place) => {
    await plant();
    const { status, stderr, result, states } = await selfTest(service);
    expect(states, stderr).toEqual([
      ...['leftovers ok', 'database ok', 'full failed', 'removal ok'],
    ]);
    expect([status, result.state]).toEqual([1, 'failed']);
    expect(result.steps[2]?.failure).toMatchObject({
      ...{ code: 'storage_refused', message: `the backup could not be stored in ${place}` },
      hint: 'pma-backup doctor says why',
    });
    await makeHealthy();
    await expectNothingLeft(service);
    expect(((await service.cli('status', '--json')).json() as Status).databases).toHaveLength(1);
  });
});

describe('a command that brings its own worker', { timeout: patience }, () => {
  let other: TestService;
  let role: string;

  beforeAll(async () => {
    role = `${service.database.name}_reader`;
    await onCluster(`CREATE ROLE ${role} LOGIN; GRANT pg_read_all_data TO ${role}`);
    other = await createTestService({
      DATABASE_URL: databaseUrl({ ...service.database.connection, user: role }),
    });
  }, 180_000);

  afterAll(async () => {
    await other.close();
    await onCluster(`DROP ROLE ${role}`);
  });

  test('a role that may not make databases is told what it lacks', async () => {
    const { status, result, states } = await selfTest(other);
    expect(states).toEqual(['leftovers ok', 'database failed', 'removal ok']);
    expect(result.steps[1]?.failure).toMatchObject({
      ...{ code: 'permission_denied', message: expect.stringContaining(role) as string },
      hint: expect.stringContaining(`ALTER ROLE "${role}" CREATEDB`) as string,
    });
    expect(status).toBe(1);
  });

  test('one that is no superuser restores the full alone, and says so; what a bucket locks is named with its time', async () => {
    await onCluster(`ALTER ROLE ${role} CREATEDB`);
    await server.createBucket('vault', { locks: true });
    const locking = { AWS_S3_BUCKET: 'vault', BACKUP_S3_LOCK: 'compliance' };
    Object.assign(other.environment, locking, inServer());
    const { status, stderr, result, states } = await selfTest(other);
    other.environment['AWS_S3_BUCKET'] = '';
    expect(states, stderr).toEqual(allSteps.map((name) => `${name} ok`));
    const remarks = Object.fromEntries(result.steps.map(({ name, remark }) => [name, remark]));
    expect(remarks['restore']).toMatch(/the full alone/);
    expect(remarks['removal']).toMatch(
      /^\d+ objects stay in 's3', which locks them: kept until \d{4}-\d\d-\d\dT/,
    );
    expect(status).toBe(0);
    expect((await other.cli('list', '--json')).json()).toEqual([]);
  });

  test('Ctrl-C ends it, and nothing is left', async () => {
    const command = other.spawnCli('self-test');
    await untilRunIn(other.client, 'verify');
    command.kill('SIGINT');
    await ended(command);
    expect(command.exitCode).toBe(130);
    await expectNothingLeft(other);
  });

  test('one that was killed is brought to its end by the next', async () => {
    const command = other.spawnCli('self-test');
    await untilRunIn(other.client, 'verify');
    command.kill('SIGKILL');
    await ended(command);
    const { status, stderr, states } = await selfTest(other);
    expect(stderr).toContain('another self-test is under way');
    expect(states, stderr).toEqual(allSteps.map((name) => `${name} ok`));
    expect(status).toBe(0);
    await expectNothingLeft(other);
  });
});
