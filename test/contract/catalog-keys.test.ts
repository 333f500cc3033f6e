import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import type { CopyState } from '../../src/domain/backup.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import { selfTestDatabase } from '../../src/domain/self-test.ts';
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('catalog_keys');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

let hour = 0;

async function store(name: string, readers: string[] | undefined, state: CopyState = 'good') {
  const time = new Date(Date.UTC(2026, 0, 1, hour++));
  const id = await catalog.startBackup({
    name: { database: name, kind: 'full', module: null, time },
    ...{ triggeredAt: time, queue: 'q', workflowId: 'w', runId: `r${hour}` },
  });
  const artifact = { file: 'x', bytes: 1, sha256: 'ab', ...(readers ? { readers } : {}) };
  const manifest = { id, artifact, snapshotAt: time.toISOString(), base: null, dumpBytes: 1 };
  await catalog.finishBackup(id, {
    ...{ state: 'proven', reason: null },
    manifest: { ...manifest, source: { tables: [] } } as unknown as Manifest,
  });
  const copy = { backup: id, destination: 'local', host: 'a', uri: '/x', key: 'k', bytes: 1 };
  await catalog.recordCopy({ ...copy, sha256: 'ab', state });
}

test('what is encrypted and could be restored is counted by who could open it', async () => {
  expect(await catalog.sealedBackups()).toEqual([]);
  await store('shop', undefined);
  await store('shop', ['age1a', 'age1b']);
  await store('blog', ['age1a', 'age1b'], 'locked');
  await store('shop', ['passphrase']);
  await store('shop', ['age1gone'], 'missing');
  await store(selfTestDatabase, ['age1a']);
  expect(await catalog.sealedBackups()).toEqual([
    { readers: ['age1a', 'age1b'], backups: 2 },
    { readers: ['passphrase'], backups: 1 },
  ]);
});

test('the keys of a host are those that it told last, for as long as it is heard of', async () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
  await catalog.rememberKeys({ host: 'a', keys: ['age1a'], now: at(0) });
  await catalog.rememberKeys({ host: 'b', keys: [], now: at(5) });
  await catalog.rememberKeys({ host: 'a', keys: ['age1b', 'passphrase'], now: at(10) });
  expect(await catalog.keyHolders(at(0))).toEqual([
    { host: 'a', keys: ['age1b', 'passphrase'] },
    { host: 'b', keys: [] },
  ]);
  expect(await catalog.keyHolders(at(6))).toMatchObject([{ host: 'a' }]);
});
