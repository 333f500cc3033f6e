import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { Proof, ProofState } from '../../src/domain/proof.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('figures');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

interface Made {
  readonly database: string;
  readonly module?: string;
  readonly state?: 'proven' | 'failed' | 'running';
}

let hour = 0;

/** A full backup of a later hour each time; it ends now, so that its recovery point is long before its end. */
async function make({ database: name, module, state = 'proven' }: Made): Promise<string> {
  const time = new Date(Date.UTC(2026, 0, 1, hour++));
  const id = await catalog.startBackup({
    name: { database: name, kind: 'full', module: module ?? null, time },
    ...{ triggeredAt: time, queue: 'host-a', workflowId: `backup/${name}`, runId: `run-${hour}` },
  });
  if (state === 'failed') await catalog.finishBackup(id, { state, reason: 'x' });
  if (state !== 'proven') return id;
  const manifest = {
    ...{ formatVersion: 1, id, database: name, kind: 'full', module: module ?? null, base: null },
    ...{ triggeredAt: time.toISOString(), snapshotAt: time.toISOString(), dumpBytes: 9_000 },
    ...{ artifact: { file: id, bytes: 1000 + hour, sha256: 'ab' }, source: { tables: [] } },
  } as unknown as Manifest;
  await catalog.finishBackup(id, { state, reason: null, manifest });
  return id;
}

async function store(backup: string, host: string | null): Promise<void> {
  const destination = host === null ? 's3' : 'local';
  const place = { backup, destination, host, uri: backup, key: backup, bytes: 1, sha256: 'ab' };
  await catalog.recordCopy({ ...place, state: 'good' });
}

async function prove(backup: string, startedAt: string, state: ProofState = 'proven') {
  const proof = { backup, state, startedAt, reason: null, seconds: 1, mismatches: 0, tables: [] };
  await catalog.recordProof(proof as unknown as Proof);
}

async function freshnessOf(name: string) {
  return (await catalog.freshness()).find((each) => each.name === name);
}

const pointOf = async (id: string) => (await catalog.detail(id))!.snapshotAt;

describe('how old what protects a database is', () => {
  test('is told of the newest proven backup of its whole, and of the newest with a good copy away', async () => {
    const away = await make({ database: 'fresh' });
    const here = await make({ database: 'fresh' });
    await make({ database: 'fresh', module: 'orders' });
    await make({ database: 'fresh', state: 'failed' });
    await store(here, 'host-a');
    expect(await freshnessOf('fresh')).toEqual({
      ...{ name: 'fresh', newestProven: await pointOf(here), newestOffsite: null },
      lastRestoreTest: null,
    });
    await store(away, null);
    expect(await freshnessOf('fresh')).toMatchObject({ newestOffsite: await pointOf(away) });
    await catalog.recordCheck({ backup: away, destination: 's3', host: null, state: 'missing' });
    expect(await freshnessOf('fresh')).toMatchObject({ newestOffsite: null });
  });

  test('counts as restore test what began after the end of its backup, and passed', async () => {
    const id = await make({ database: 'tested' });
    await prove(id, '2026-01-01T00:30:00.000Z'); // in its own run
    expect(await freshnessOf('tested')).toMatchObject({ lastRestoreTest: null });
    await prove(id, '2098-01-01T00:00:00.000Z');
    await prove(id, '2097-01-01T00:00:00.000Z'); // found late
    await prove(id, '2099-01-01T00:00:00.000Z', 'failed');
    const passed = { lastRestoreTest: '2098-01-01T00:00:00.000Z', newestProven: null };
    expect(await freshnessOf('tested')).toMatchObject(passed);
  });
});

test('each series is measured by itself, by the newest of what it has', async () => {
  const first = await make({ database: 'sized' });
  const second = await make({ database: 'sized' });
  const module = await make({ database: 'sized', module: 'orders' });
  await make({ database: 'sized', state: 'failed' });
  const running = await make({ database: 'sized', state: 'running' });
  await prove(first, '2026-03-01T00:00:00.000Z');
  await prove(second, '2026-02-01T00:00:00.000Z');
  const measures = await catalog.measures();
  const own = <Row extends { database: string }>(rows: readonly Row[]) =>
    rows.filter((row) => row.database === 'sized');
  const [whole, orders] = [null, 'orders'].map((of) => ({ kind: 'full', module: of }));
  const bytes = async (id: string) => (await catalog.manifest(id))!.artifact.bytes;
  const triggered = async (id: string) => (await catalog.detail(id))!.triggeredAt;
  expect(own(measures.states)).toHaveLength(4);
  expect(own(measures.states)).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        ...{ ...whole, state: 'proven', count: 2 },
        ...{ oldestTrigger: await triggered(first), newestPoint: await pointOf(second) },
      }),
      expect.objectContaining({
        ...{ ...whole, state: 'running', count: 1, newestPoint: await triggered(running) },
      }),
    ]),
  );
  expect(own(measures.ended)).toMatchObject([
    { ...orders, state: 'proven' },
    { ...whole, state: 'failed' },
  ]);
  expect(own(measures.stored)).toMatchObject([
    { ...orders, bytes: await bytes(module) },
    { ...whole, bytes: await bytes(second), dumpBytes: 9_000 },
  ]);
  const at = '2026-03-01T00:00:00.000Z';
  expect(own(measures.proofs)).toEqual([{ database: 'sized', ...whole, at }]);
});

test('all that is counted for it stands in an index', async () => {
  const client = await database.connect();
  await client.query('set enable_seqscan = off');
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(
    `explain select database, kind, module, state, count(*), max(triggered_at), max(snapshot_at),
       max(last_proven_at), max(finished_at), max(bytes)
     from pma_backup.backups group by database, kind, module, state`,
  );
  await client.end();
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('Index Only Scan using backups_measured');
});
