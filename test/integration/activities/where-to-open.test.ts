import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whereToOpen } from '../../../activities/where-to-open.ts';
import { openCatalog, type Catalog, type CatalogCopy } from '../../../src/catalog/catalog.ts';
import { loadSettings } from '../../../src/config.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let catalog: Catalog;
let identity: string;
let recipient: string;

beforeAll(async () => {
  database = await createTestDatabase('where_to_open');
  catalog = await openCatalog(database.connection);
  identity = await generateIdentity();
  recipient = await identityToRecipient(identity);
  const now = new Date();
  const longAgo = new Date(now.getTime() - 2 * 3_600_000);
  await catalog.rememberKeys({ host: 'with', keys: [recipient], now });
  await catalog.rememberKeys({ host: 'without', keys: ['age1another'], now });
  await catalog.rememberKeys({ host: 'gone', keys: [recipient, 'age1lost'], now: longAgo });
});

afterAll(async () => {
  await catalog.close();
  await database.drop();
});

const copyAt = (destination: string, host: string | null) =>
  ({ destination, host }) as unknown as CatalogCopy;
const [here, there, cloud] = [copyAt('local', 'here'), copyAt('local', 'with'), copyAt('s3', null)];

async function where(copies: CatalogCopy[], readers?: string[], key?: string) {
  const environment = key === undefined ? {} : { BACKUP_AGE_IDENTITY: key };
  const settings = () => loadSettings({ environment, file: null });
  const found = await whereToOpen({ settings, catalog, hostId: 'here' }, copies, readers);
  return found && [found.copy.destination, found.host];
}

describe('a copy is read', () => {
  test('here, where it is not encrypted', async () => {
    expect(await where([cloud])).toEqual(['s3', 'here']);
    expect(await where([there])).toEqual(['local', 'with']);
    expect(await where([])).toBeUndefined();
  });

  test('here, where the key is', async () => {
    expect(await where([cloud, here], [recipient], identity)).toEqual(['s3', 'here']);
  });

  test('on the host that has the key, where this one has not', async () => {
    expect(await where([here, cloud], [recipient])).toEqual(['s3', 'with']);
    expect(await where([here, there], [recipient])).toEqual(['local', 'with']);
  });

  test('where it comes first, where nobody who was heard of has the key', async () => {
    expect(await where([here, cloud], ['age1lost'])).toEqual(['local', 'here']);
    expect(await where([cloud], ['age1lost'])).toEqual(['s3', 'here']);
  });
});
