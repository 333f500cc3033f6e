import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCatalog, type Catalog, type NewRestore } from '../../src/catalog/catalog.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { Secret } from '../../src/secret.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('catalog_restores');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

const restoreOf = (runId: string, secret: string | null = null): NewRestore => ({
  owner: { workflowId: 'restore/latest', runId },
  ...{ backup: 'shop_full_20260301_160000', target: 'shop', secret },
  restoring: `shop_restoring_${runId}`,
});

describe('a restore', () => {
  test('is untidy until it is left, also after its end', async () => {
    const restore = restoreOf('one');
    const { secret, ...told } = restore;
    expect(secret).toBeNull();
    await catalog.startRestore(restore);
    await catalog.startRestore(restore);
    expect(await catalog.untidyRestores()).toEqual([told]);
    await catalog.finishRestore(restore.owner, { state: 'proven', reason: null, summary: null });
    await catalog.leaveRestore(restore.owner, { tidy: false });
    expect(await catalog.untidyRestores()).toEqual([told]);
    await catalog.leaveRestore(restore.owner, { tidy: true });
    expect(await catalog.untidyRestores()).toEqual([]);
  });
});

describe('a one-time password', () => {
  const text = '密码 p4ss';

  test('is had by its reference, and lies in the catalog unreadable', async () => {
    const reference = await catalog.keepSecret(new Secret(text));
    expect((await catalog.secret(reference))?.reveal()).toBe(text);
    const client = await database.connect();
    const { rows } = await client.query('SELECT s::text FROM pma_backup.one_time_secrets s');
    await client.end();
    const hex = Buffer.from(text).toString('hex');
    for (const line of rows.map((row) => JSON.stringify(row))) {
      for (const secret of [text, hex, reference]) expect(line).not.toContain(secret);
    }
    await catalog.forgetSecret(reference);
    expect(await catalog.secret(reference)).toBeUndefined();
  });

  test('is gone when its restore is left', async () => {
    const reference = await catalog.keepSecret(new Secret(text));
    const restore = restoreOf('two', reference);
    await catalog.startRestore(restore);
    await catalog.leaveRestore(restore.owner, { tidy: true });
    expect(await catalog.secret(reference)).toBeUndefined();
  });

  test('that no run came to use is forgotten after an hour', async () => {
    const [unused, used] = [
      await catalog.keepSecret(new Secret(text)),
      await catalog.keepSecret(new Secret(text)),
    ];
    await catalog.startRestore(restoreOf('three', used));
    await catalog.forgetOldSecrets();
    expect(await catalog.secret(unused)).toBeDefined();
    const client = await database.connect();
    await client.query(
      `UPDATE pma_backup.one_time_secrets SET created_at = now() - interval '61 minutes'`,
    );
    await client.end();
    await catalog.forgetOldSecrets();
    expect(await catalog.secret(unused)).toBeUndefined();
    expect(await catalog.secret(used)).toBeDefined();
  });
});

test('what can be restored has a manifest and a good copy', async () => {
  const time = new Date('2026-03-01T16:00:00Z');
  const id = await catalog.startBackup({
    name: { database: 'shop', kind: 'full', module: null, time },
    ...{ triggeredAt: time, queue: 'q', workflowId: 'w', runId: 'r' },
  });
  expect(await catalog.restorable({ database: 'shop' })).toEqual([]);
  const snapshotAt = '2026-03-01T16:00:01.123Z';
  const manifest = {
    id,
    snapshotAt,
    base: null,
    dumpBytes: 1,
    artifact: {},
    source: { tables: [] },
  };
  await catalog.finishBackup(id, {
    ...{ state: 'proven', reason: null },
    manifest: manifest as unknown as Manifest,
  });
  expect(await catalog.restorable({ backup: id })).toEqual([]);
  const copy = { backup: id, destination: 'local', host: 'a', uri: '/x', key: 'k', bytes: 1 };
  await catalog.recordCopy({ ...copy, sha256: 'ab', state: 'good' });
  const found = { id, database: 'shop', kind: 'full', module: null, base: null };
  const restorable = [{ ...found, state: 'proven', snapshotAt }];
  expect(await catalog.restorable({ backup: id })).toEqual(restorable);
  expect(await catalog.restorable({ database: 'shop' })).toEqual(restorable);
  await catalog.recordCopy({ ...copy, sha256: 'ab', state: 'locked' });
  expect(await catalog.restorable({ backup: id })).toEqual(restorable);
  await catalog.recordCopy({ ...copy, sha256: 'ab', state: 'damaged' });
  expect(await catalog.restorable({})).toEqual([]);
});
