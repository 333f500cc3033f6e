import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCatalog, type Catalog } from '../../../src/catalog/catalog.ts';
import { loadSettings } from '../../../src/config.ts';
import { tidyRestores, type Janitor } from '../../../src/service/tidy-restores.ts';
import { createTestDatabase, onCluster, type TestDatabase } from '../../harness/postgres.ts';
import { databaseUrl } from '../../harness/service.ts';

let database: TestDatabase;
let catalog: Catalog;

beforeAll(async () => {
  database = await createTestDatabase('tidied');
  catalog = await openCatalog(database.connection);
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

/** Clears away by settings in which the target is there. */
function tidy(target: string): Promise<void> {
  const settings = loadSettings({ environment: { DATABASE_URL: target }, file: null });
  const named = settings.databases.map((each) => ({ ...each, name: 'shop' }));
  const runs = { isOpen: () => Promise.resolve(false) } as unknown as Janitor['runs'];
  return tidyRestores({ catalog, runs, settings: { ...settings, databases: named } });
}

const open = async () => (await catalog.alarms()).map(({ key, message }) => [key, message]);

test('what a restore left half-made is an alarm, until it is cleared away', async () => {
  const restoring = `${database.name}_restoring`;
  const owner = { workflowId: 'restore/latest', runId: 'r' };
  await onCluster(`CREATE DATABASE ${restoring}`);
  await catalog.startRestore({
    ...{ owner, backup: 'shop_full_20260101_000000', target: 'shop', restoring, secret: null },
  });
  await tidy('postgres://pma@127.0.0.1:1/shop');
  expect(await open()).toEqual([
    [
      'restore:restore/latest:r',
      expect.stringMatching(/left 'tidied\S+_restoring' half-made: .*127\.0\.0\.1/) as string,
    ],
  ]);
  await tidy(databaseUrl(database.connection));
  expect(await open()).toEqual([]);
  expect(await catalog.untidyRestores()).toEqual([]);
  expect(await onCluster(`SELECT FROM pg_database WHERE datname = '${restoring}'`)).toEqual([]);
});
