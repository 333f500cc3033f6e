import { appendFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMismatches } from '../../../src/domain/compare.ts';
import type { Proof } from '../../../src/domain/proof.ts';
import type { SourceReading } from '../../../src/domain/source-reading.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, prove, withReading, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';

let database: TestDatabase;
let scratch: ScratchServer;
let dump: TestDump;

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTestDatabase('verdict'), startTestScratch()]);
  const client = await database.connect();
  await client.query(`
    CREATE TABLE orders (id int PRIMARY KEY, note text);
    INSERT INTO orders SELECT g, 'note ' || g FROM generate_series(1, 500) g;
    CREATE SEQUENCE numbers;
  `);
  await client.query(`
    ALTER DATABASE ${database.name} SET "shop.key" = 'abc';
    SET "shop.key" = 'abc';
    CREATE FUNCTION keyed(text) RETURNS text IMMUTABLE LANGUAGE sql
      AS $$ SELECT $1 || current_setting('shop.key') $$;
    CREATE INDEX keyed_notes ON orders (keyed(note));
  `);
  await client.end();
  dump = await makeTestDump(database);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop(), dump.remove()]);
});

async function proveWith(change: (source: SourceReading) => SourceReading): Promise<Proof> {
  const changed = await withReading(dump, change);
  try {
    return await prove(changed, scratch);
  } finally {
    await changed.remove();
  }
}

describe('a proof', () => {
  test('is given where restoring depends on settings of the database', async () => {
    expect(await prove(dump, scratch)).toMatchObject({ state: 'proven', reason: null });
  });

  test('is not hindered by settings that come with the database', async () => {
    const settings = [
      'statement_timeout=1ms',
      'default_transaction_read_only=on',
      'session_preload_libraries=not_here',
      'role=nobody_at_all',
    ];
    const hostile = await withReading(dump, (source) => ({
      ...source,
      properties: {
        ...source.properties,
        settings: [
          ...source.properties.settings,
          ...settings.map((setting) => ({ role: null, setting })),
        ],
      },
    }));
    const lines = settings.map(
      (setting) => `ALTER DATABASE :database SET ${setting.replace('=', " = '")}';\n`,
    );
    await appendFile(path.join(hostile.directory, 'verify', 'database.sql'), lines.join(''));
    await writeFile(
      path.join(hostile.directory, 'verify', 'globals.sql'),
      'CREATE ROLE nobody_at_all;',
    );
    const proof = await prove(hostile, scratch);
    await hostile.remove();
    expect(listMismatches(proof)).toEqual([
      'restored in addition: ALTER ROLE nobody_at_all WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS',
    ]);
  });

  test.each<[string, (source: SourceReading) => SourceReading, string]>([
    [
      'an extension that the scratch server does not have',
      (source) => ({
        ...source,
        extensions: [...source.extensions, { name: 'postgis', version: '3.4', schema: 'public' }],
      }),
      `extension 'postgis' is not installed on the scratch server`,
    ],
    [
      'a version of an extension that it does not have',
      (source) => ({
        ...source,
        extensions: [{ name: 'citext', version: '99', schema: 'public' }],
      }),
      `extension 'citext' has no version '99' on the scratch server`,
    ],
    [
      'a source newer than the scratch server',
      (source) => ({ ...source, server: { ...source.server, version: 990000 } }),
      `is older than the source 99`,
    ],
    [
      'an unknown warning of pg_dump',
      (source) => ({ ...source, unknownWarnings: ['pg_dump: warning: subscriptions not dumped'] }),
      'subscriptions not dumped',
    ],
    [
      'fingerprints of another algorithm',
      (source) => ({ ...source, fingerprintAlgorithm: 'old' }),
      `of kind 'old'`,
    ],
  ])('is not given because of %s', async (_, change, reason) => {
    const proof = await proveWith(change);
    expect(proof).toMatchObject({ state: 'unproven', mismatches: 0 });
    expect(proof.reason).toContain(reason);
  });

  test.each([
    [
      'locale',
      `CREATE COLLATION c (provider = libc, locale = 'C');
       UPDATE pg_collation SET collcollate = 'xx_YY', collctype = 'xx_YY' WHERE collname = 'c'`,
      'could not create locale "xx_YY"',
    ],
    [
      'library',
      `CREATE FUNCTION f() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
       UPDATE pg_proc SET probin = '$libdir/nowhere' WHERE proname = 'f'`,
      'could not access file "$libdir/nowhere"',
    ],
  ])('is not given without a %s that the scratch server lacks', async (_, sql, reason) => {
    const database = await createTestDatabase('lacking');
    const client = await database.connect();
    await client.query(sql);
    await client.end();
    const lacking = await makeTestDump(database);
    const proof = await prove(lacking, scratch);
    await lacking.remove();
    await database.drop();
    expect(proof).toMatchObject({ state: 'unproven', mismatches: 0 });
    expect(proof.reason).toContain(reason);
  });

  test('names the locale that stands in for one that is not installed', async () => {
    const proof = await proveWith((source) => ({
      ...source,
      properties: { ...source.properties, collate: 'xx_YY.utf8', ctype: 'xx_YY.utf8' },
    }));
    expect(proof.state).toBe('proven');
    expect(proof.notCompared.map(({ what }) => what)).toContain(
      "locale 'xx_YY.utf8' of the database",
    );
  });

  test('fails where the dump itself holds other rows than the source, and says so', async () => {
    const proof = await proveWith((source) => ({
      ...source,
      tables: source.tables.map((table) => ({ ...table, hash: '1' })),
    }));
    expect(proof).toMatchObject({ state: 'failed', mismatches: 1, firstDifferences: [] });
    expect(proof.warnings.join()).toContain('the dump differs from the source');
  });

  test('fails where the dump cannot be read', async () => {
    const broken = await withReading(dump, (source) => source);
    const data = path.join(broken.directory, 'dump');
    for (const name of await readdir(data)) {
      const file = path.join(data, name);
      if (name !== 'toc.dat') await truncate(file, Math.floor((await stat(file)).size / 2));
    }
    const proof = await prove(broken, scratch);
    await broken.remove();
    expect(proof.state).toBe('failed');
    expect(proof.reason).not.toBeNull();
  });

  test('fails where the table of contents is no longer one', async () => {
    const broken = await withReading(dump, (source) => source);
    await writeFile(path.join(broken.directory, 'dump', 'toc.dat'), 'PGDMP');
    const proof = await prove(broken, scratch);
    await broken.remove();
    expect(proof.state).toBe('failed');
  });

  test('fails where a role cannot be made', async () => {
    const broken = await withReading(dump, (source) => source);
    await writeFile(path.join(broken.directory, 'verify', 'globals.sql'), 'CREATE ROLE;');
    const proof = await prove(broken, scratch);
    await broken.remove();
    expect(proof).toMatchObject({ state: 'failed' });
    expect(proof.reason).toContain('roles could not be made');
  });
});
