import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readExtensions, readProperties } from '../../../src/postgres/properties.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

let database: TestDatabase;
let client: pg.Client;
const role = `Owner "${process.pid}"`;
const quotedRole = pg.escapeIdentifier(role);

beforeAll(async () => {
  database = await createTestDatabase('properties');
  client = await database.connect();
});

afterAll(async () => {
  await client.query(`ALTER DATABASE "${database.name}" OWNER TO CURRENT_USER; DROP OWNED BY ${quotedRole};
    DROP ROLE ${quotedRole}`);
  await client.end();
  await database.drop();
});

describe('the properties of a database', () => {
  it('are the defaults of a new one', async () => {
    expect(await readProperties(client)).toMatchObject({
      name: database.name,
      owner: 'postgres',
      encoding: 'UTF8',
      localeProvider: 'libc',
      icuLocale: null,
      acl: null,
      connectionLimit: -1,
      comment: null,
      settings: [],
    });
  });

  it('hold owner, grants, limit, comment and settings, also those of a role', async () => {
    const name = pg.escapeIdentifier(database.name);
    await client.query(`CREATE ROLE ${quotedRole}`);
    for (const change of [
      `ALTER DATABASE ${name} OWNER TO ${quotedRole}`,
      `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`,
      `ALTER DATABASE ${name} CONNECTION LIMIT 7`,
      `COMMENT ON DATABASE ${name} IS '注释 "c"'`,
      `ALTER DATABASE ${name} SET work_mem = '8MB'`,
      `ALTER DATABASE ${name} SET search_path = app, public`,
      `ALTER ROLE ${quotedRole} IN DATABASE ${name} SET work_mem = '9MB'`,
      `ALTER ROLE ${quotedRole} SET work_mem = '10MB'`,
    ]) {
      await client.query(change);
    }
    expect(await readProperties(client)).toMatchObject({
      owner: role,
      connectionLimit: 7,
      comment: '注释 "c"',
      acl: [expect.stringContaining('=T/'), expect.stringContaining('=CTc/')],
      settings: [
        { role: null, setting: 'work_mem=8MB' },
        { role: null, setting: 'search_path=app, public' },
        { role, setting: 'work_mem=9MB' },
      ],
    });
  });
});

describe('the list of extensions', () => {
  it('has name, version and schema of each', async () => {
    await client.query('CREATE SCHEMA extra; CREATE EXTENSION hstore SCHEMA extra');
    expect(await readExtensions(client)).toEqual([
      { name: 'hstore', version: expect.stringMatching(/^\d/) as string, schema: 'extra' },
      { name: 'plpgsql', version: '1.0', schema: 'pg_catalog' },
    ]);
  });
});
