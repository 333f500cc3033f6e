import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { Proof, ProofState } from '../../src/domain/proof.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('catalog');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

function start(name: string): Promise<string> {
  const time = new Date(Date.UTC(2026, 0, 1));
  return catalog.startBackup({
    ...{
      name: { database: name, kind: 'full', module: null, time },
      triggeredAt: time,
      queue: 'q',
    },
    ...{ workflowId: `backup/${name}`, runId: `run-${name}` },
  });
}

async function prove(name: string): Promise<string> {
  const id = await start(name);
  const at = new Date(0).toISOString();
  const artifact = { file: id, bytes: 7, sha256: 'ab' };
  const manifest = { id, artifact, snapshotAt: at, dumpBytes: 7, source: { tables: [] } };
  await catalog.finishBackup(id, {
    ...{ state: 'proven', reason: null },
    manifest: manifest as unknown as Manifest,
  });
  return id;
}

function proofOf(backup: string, state: ProofState, startedAt: string): Proof {
  const expected = { rows: 3, hash: '1' };
  return {
    ...{ backup, state, startedAt, reason: state === 'proven' ? null : 'a row is missing' },
    ...{ seconds: 1.5, mismatches: state === 'proven' ? 0 : 1 },
    tables: [{ schema: 'public', table: 't', expected, restored: expected, equal: true }],
  } as unknown as Proof;
}

test('the newest decides, also when an older one arrives later', async () => {
  const id = await prove('proofs');
  await catalog.recordProof(proofOf(id, 'failed', '2026-02-01T00:00:00Z'));
  expect(await catalog.summary(id)).toMatchObject({
    state: 'failed',
    reason: 'a row is missing',
  });
  await catalog.recordProof(proofOf(id, 'proven', '2026-01-15T00:00:00Z'));
  expect(await catalog.summary(id)).toMatchObject({ state: 'failed', proof: { mismatches: 1 } });
  expect(await catalog.proof(id)).toMatchObject({ state: 'failed' });
  expect(await catalog.proof('nothing')).toBeUndefined();
});

test('a test restore that could not be made says nothing against an earlier one', async () => {
  const id = await prove('untold');
  await catalog.recordProof(proofOf(id, 'unproven', '2026-02-02T00:00:00Z'));
  expect(await catalog.summary(id)).toMatchObject({
    ...{ state: 'proven', reason: null },
    proof: { state: 'unproven' },
  });
  await catalog.recordProof(proofOf(id, 'failed', '2026-02-01T00:00:00Z'));
  expect(await catalog.summary(id)).toMatchObject({ state: 'failed' });
  await catalog.recordProof(proofOf(id, 'unproven', '2026-02-03T00:00:00Z'));
  expect(await catalog.summary(id)).toMatchObject({ state: 'failed' });
});

test('a running backup is not ended by its proof', async () => {
  const id = await start('early');
  await catalog.recordProof(proofOf(id, 'proven', '2026-01-15T00:00:00Z'));
  expect(await catalog.summary(id)).toMatchObject({
    state: 'running',
    proof: { state: 'proven' },
  });
});
