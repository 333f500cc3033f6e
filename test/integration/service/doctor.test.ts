import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { escapeIdentifier, type Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSettings, type Settings } from '../../../src/config.ts';
import type { Connection } from '../../../src/postgres/connection.ts';
import { Secret } from '../../../src/secret.ts';
import { examine } from '../../../src/service/doctor.ts';
import type { Check } from '../../../src/service/doctor/check.ts';
import { examineDatabase } from '../../../src/service/doctor/database.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts';

const { signal } = new AbortController();
let database: TestDatabase;
let client: Client;
let directory: string;
let role: string;

beforeAll(async () => {
  database = await createTestDatabase('doctor');
  client = await database.connect();
  directory = await mkdtemp(path.join(tmpdir(), 'pma-doctor-'));
  role = `reader "${database.name}"`;
  await client.query(`
    CREATE TABLE orders (id int PRIMARY KEY);
    CREATE SCHEMA "订单";
    CREATE TABLE "订单"."Line ""items""" (id int);
    CREATE SEQUENCE counter;
    CREATE ROLE ${escapeIdentifier(role)} LOGIN PASSWORD 'right';
    GRANT SELECT ON orders TO ${escapeIdentifier(role)}`);
});

afterAll(async () => {
  await client.query(
    `DROP OWNED BY ${escapeIdentifier(role)}; DROP ROLE ${escapeIdentifier(role)}`,
  );
  await client.end();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

function settingsFor(connection: Connection, changes: Partial<Settings> = {}): Settings {
  const environment = { DATABASE_URL: 'postgres:///shop', PMA_STATE_DIR: directory };
  const settings = loadSettings({ environment, file: null });
  const databases = settings.databases.map((each) => ({ ...each, connection }));
  return { ...settings, databases, ...changes };
}

async function examineAs(changes: Partial<Connection>): Promise<readonly Check[]> {
  const connection = { ...database.connection, ...changes };
  return (await examineDatabase({ name: 'shop', connection }, signal)).checks;
}

const found = (checks: readonly Check[], name: string) =>
  checks.find((check) => check.name.endsWith(name));

describe('a healthy system', () => {
  test('has nothing that failed, and nothing is left behind', async () => {
    const checks = await examine({ settings: () => settingsFor(database.connection), signal });
    expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
    expect(checks.filter(({ words }) => words.message === null)).toEqual([]);
    expect(found(checks, 'scratch server')).toMatchObject({ state: 'ok' });
    expect(found(checks, `'shop': extensions`)).toMatchObject({ state: 'ok' });
    expect(found(checks, `'shop': server`)?.message).toMatch(/PostgreSQL 1\d/);
  });
});

describe('a planted fault is found with a hint', () => {
  test('wrong settings, and the rest is still looked at', async () => {
    const settings = () => loadSettings({ environment: { TZ: 'Moon/Base' }, file: null });
    const checks = await examine({ settings, signal });
    expect(checks[0]).toMatchObject({ name: 'settings', state: 'failed' });
    expect(checks[0]?.message).toContain('Moon/Base');
    expect(checks[0]).toMatchObject({ code: 'invalid_settings', words: { message: null } });
    expect(found(checks, 'pg_dump')).toMatchObject({ state: 'ok' });
  });

  test('a role that does not exist', async () => {
    const checks = await examineAs({ user: 'nobody here', password: new Secret('wrong') });
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ state: 'failed', name: `database 'shop': server` });
    expect(checks[0]?.message).toContain(`'nobody here'`);
    expect(checks[0]?.hint).toContain('password');
    expect(JSON.stringify(checks)).not.toContain('wrong');
  });

  test('tables, schemas, sequences and large objects that the role may not read', async () => {
    const { rows } = await client.query<{ oid: number }>('SELECT lo_create(0) AS oid');
    const check = found(await examineAs({ user: role }), 'privileges');
    await client.query(`SELECT lo_unlink(${rows[0]!.oid})`);
    const grantee = escapeIdentifier(role);
    expect(check).toMatchObject({ state: 'failed' });
    expect(check?.message).toContain('1 table, 1 sequence, 1 schema, 1 large object');
    expect(check?.hint).toContain(`GRANT USAGE ON SCHEMA "订单" TO ${grantee};`);
    expect(check?.hint).toContain(`GRANT SELECT ON TABLE "订单"."Line ""items""" TO ${grantee};`);
    expect(check?.hint).toContain(`GRANT SELECT ON SEQUENCE "public"."counter" TO ${grantee};`);
    expect(check?.hint).toContain(`GRANT SELECT ON LARGE OBJECT ${rows[0]!.oid} TO ${grantee};`);
  });

  test('the printed lines are enough', async () => {
    const before = found(await examineAs({ user: role }), 'privileges');
    for (const [line] of before?.hint?.matchAll(/GRANT [^;]+;/g) ?? []) {
      if (!line.includes('pg_read_all_data')) await client.query(line);
    }
    expect(found(await examineAs({ user: role }), 'privileges')).toMatchObject({ state: 'ok' });
  });

  test('row security that would hide rows', async () => {
    await client.query('ALTER TABLE orders ENABLE ROW LEVEL SECURITY');
    const asRole = found(await examineAs({ user: role }), 'row security');
    const asSuperuser = found(await examineAs({}), 'row security');
    await client.query('ALTER TABLE orders DISABLE ROW LEVEL SECURITY');
    expect(asRole).toMatchObject({ state: 'failed' });
    expect(asRole?.message).toContain(`'orders'`);
    expect(asRole?.hint).toContain(`ALTER ROLE ${escapeIdentifier(role)} BYPASSRLS`);
    expect(asSuperuser).toMatchObject({ state: 'ok' });
  });
});
