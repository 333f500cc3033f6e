import { describe, expect, test } from 'vitest';
import { databaseSettings, loadSettings } from '../../../src/config.ts';
import { selfTestDatabase, selfTestRestored } from '../../../src/domain/self-test.ts';

function load(environment: Record<string, string>) {
  return loadSettings({ environment, file: null });
}

describe('the throw-away database of the self-test', () => {
  const settings = load({
    DATABASE_URL: 'postgres://backup:secret@db:5433/shop?sslmode=require',
    BACKUP_MODULES: 'dictionaries=public.dict_*',
  });

  test('is beside the first database: same server and role', () => {
    const { connection, modules } = databaseSettings(settings, selfTestDatabase);
    expect(connection).toEqual({
      ...settings.databases[0]?.connection,
      database: expect.stringMatching(/^pma_backup_self_test_[0-9a-f]{8}$/) as string,
    });
    expect(modules).toEqual({});
  });

  test('is restored into one whose name begins with its own', () => {
    const [made, restored] = [selfTestDatabase, selfTestRestored].map(
      (name) => databaseSettings(settings, name).connection.database,
    );
    expect(restored).toBe(`${made}_restored`);
  });

  test('is none of the databases that are protected', () => {
    expect(settings.databases.map(({ name }) => name)).toEqual(['shop']);
  });

  test('is another one for another database of the server', () => {
    const other = load({ DATABASE_URL: 'postgres://backup@db:5433/club' });
    const nameIn = (one: typeof settings) =>
      databaseSettings(one, selfTestDatabase).connection.database;
    expect(nameIn(other)).not.toBe(nameIn(settings));
  });

  test('is not there where no database is protected', () => {
    expect(() => databaseSettings(load({}), selfTestDatabase)).toThrow(/is not in the settings/);
  });

  test('has a name that no protected database may have', () => {
    const environment = { DATABASE_URL: 'postgres://db/pma_backup_self_test' };
    expect(() => load(environment)).toThrow(/makes and throws away/);
  });
});
