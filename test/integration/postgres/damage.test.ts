import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listMismatches } from '../../../src/domain/compare.ts';
import type { Proof } from '../../../src/domain/proof.ts';
import type { ScratchServer } from '../../../src/postgres/scratch.ts';
import type { TestDatabase } from '../../harness/postgres.ts';
import { makeTestDump, prove, type TestDump } from '../../harness/prove.ts';
import { startTestScratch } from '../../harness/scratch.ts';
import { createTortureDatabase } from '../../harness/torture.ts';

let database: TestDatabase;
let scratch: ScratchServer;
let dump: TestDump;

/** What somebody does to the restored database, and what the proof must say; '@' is the torture database's own prefix. */
const damages: readonly (readonly [sql: string, line: string])[] = [
  [`DELETE FROM w_rows WHERE id = 5`, `table 'public.w_rows': 2000 rows expected, 1999 restored`],
  [
    `UPDATE bookings SET note = note || ' ' WHERE room = 3`,
    `table 'public.bookings': other contents in 9 rows`,
  ],
  [
    `UPDATE w_vacuumed SET id = 500 + id WHERE id = 77`,
    `table 'public.w_vacuumed': other contents in 500 rows`,
  ],
  [`DROP TABLE no_columns`, `table 'public.no_columns' is missing`],
  [`SELECT setval('busy', 7)`, `sequence 'public.busy': 1 dumped, 7 restored`],
  [
    `SELECT setval('w_rows_id_seq', 2000, false)`,
    `sequence 'public.w_rows_id_seq': 2000 dumped, 2000 (not called) restored`,
  ],
  [`DROP SEQUENCE loose`, `sequence 'public.loose' is missing`],
  [`ALTER SEQUENCE measured_id_seq INCREMENT 2`, `SEQUENCE public.measured_id_seq is different`],
  [`SELECT lo_unlink(444444)`, `large objects: 8 expected, 7 restored`],
  [`COMMENT ON LARGE OBJECT 424242 IS NULL`, `COMMENT LARGE OBJECT 424242 is missing`],
  [`REVOKE ALL ON LARGE OBJECT 424242 FROM "@reader"`, `ACL LARGE OBJECT 424242 is missing`],
  [`ALTER LARGE OBJECT 434343 OWNER TO "@login"`, `BLOB 434343 is different`],
  [
    `REVOKE UPDATE (v) ON secret_rows FROM "@reader"`,
    `ACL public.COLUMN secret_rows.v is different`,
  ],
  [`ALTER TABLE w_altered OWNER TO "@login"`, `TABLE public.w_altered is different`],
  [`DROP FUNCTION rows_of(int)`, `FUNCTION public.rows_of(integer) is missing`],
  [
    `CREATE OR REPLACE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    `FUNCTION public.note() is different`,
  ],
  [
    `ALTER TABLE watched ENABLE TRIGGER t_disabled`,
    `TRIGGER public.watched t_disabled is different`,
  ],
  [`DROP TRIGGER t_origin ON watched`, `TRIGGER public.watched t_origin is missing`],
  [`DROP INDEX every_gin`, `INDEX public.every_gin is missing`],
  [`COMMENT ON COLUMN every_type.m IS NULL`, `COMMENT public.COLUMN every_type.m is missing`],
  [`DROP POLICY mine ON secret_rows`, `POLICY public.secret_rows mine is missing`],
  [`ALTER TABLE secret_rows NO FORCE ROW LEVEL SECURITY`, `TABLE public.secret_rows is different`],
  [`ALTER TABLE audit ENABLE RULE no_delete`, `RULE public.audit no_delete is different`],
  [
    `ALTER TABLE bookings VALIDATE CONSTRAINT later`,
    `CHECK CONSTRAINT public.bookings later is missing`,
  ],
  [`ALTER TABLE uniq REPLICA IDENTITY DEFAULT`, `TABLE public.uniq is different`],
  [`ALTER TABLE child ALTER extra SET DEFAULT 3`, `TABLE public.child is different`],
  [`ALTER TABLE dropped_columns DROP COLUMN late`, `TABLE public.dropped_columns is different`],
  [`DROP STATISTICS expr_stat`, `STATISTICS public.expr_stat is missing`],
  [`ALTER EVENT TRIGGER "@watch" ENABLE`, `EVENT TRIGGER @watch is different`],
  [
    `ALTER PUBLICATION "Pub 发布" DROP TABLE watched`,
    `PUBLICATION TABLE public.Pub 发布 watched is missing`,
  ],
  [`ALTER SUBSCRIPTION "@sub" SET (binary = false)`, `SUBSCRIPTION @sub is different`],
  [
    `REFRESH MATERIALIZED VIEW never_filled`,
    `materialized view 'public.never_filled': expected empty, restored filled`,
  ],
  [
    `REFRESH MATERIALIZED VIEW mat WITH NO DATA`,
    `materialized view 'public.mat': expected filled, restored empty`,
  ],
  [`ALTER TYPE mood ADD VALUE 'new'`, `TYPE public.mood is different`],
  [`ALTER DOMAIN positive DROP DEFAULT`, `DOMAIN public.positive is different`],
  [`CREATE TABLE too_much (id int)`, `TABLE public.too_much is unexpected`],
  [
    `ALTER EXTENSION hstore SET SCHEMA public`,
    `extension 'hstore': expected version '1.7' in 'ext', restored version '1.7' in 'public'`,
  ],
  [
    `ALTER DEFAULT PRIVILEGES FOR ROLE "@owner" GRANT EXECUTE ON FUNCTIONS TO PUBLIC`,
    `DEFAULT ACL DEFAULT PRIVILEGES FOR FUNCTIONS is missing`,
  ],
  [`REVOKE "@owner" FROM "@Group 组"`, `not restored: GRANT @owner TO "@Group 组"`],
  [
    `ALTER ROLE "@login" RESET statement_timeout`,
    `not restored: ALTER ROLE @login SET statement_timeout TO '90s'`,
  ],
  [`CREATE ROLE intruder`, `restored in addition: CREATE ROLE intruder`],
  [
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET work_mem', current_database()); END $$`,
    `database's setting 'work_mem': expected '6MB', restored none`,
  ],
  [
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I OWNER TO "@login"', current_database()); END $$`,
    `database's owner: expected '@owner', restored '@login'`,
  ],
  [
    `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 5', current_database()); END $$`,
    `database's connection limit: expected '90', restored '5'`,
  ],
  [
    `DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS NULL', current_database()); END $$`,
    `database's comment: expected '折磨 "database", it's for tests', restored none`,
  ],
];

function own(text: string): string {
  return text.replaceAll('@', database.name);
}

beforeAll(async () => {
  [database, scratch] = await Promise.all([createTortureDatabase(), startTestScratch()]);
  dump = await makeTestDump(database);
});

afterAll(async () => {
  await Promise.all([database.drop(), scratch.stop(), dump.remove()]);
});

describe('a restored database that somebody damaged before it is compared', () => {
  let proof: Proof;
  let lines: string[];

  beforeAll(async () => {
    proof = await prove(dump, scratch, {
      beforeComparing: async (client: pg.Client) => {
        for (const [sql] of damages) await client.query(own(sql));
      },
    });
    lines = listMismatches(proof);
  });

  test.each(damages)('is found out: %s', (_, line) => {
    expect(lines).toContain(own(line));
  });

  test('fails the proof with the first difference and their number', () => {
    expect(proof.state).toBe('failed');
    expect(proof.mismatches).toBe(lines.length);
    expect(proof.reason).toMatch(/^table '.*\(and \d+ more\)$/);
  });

  test('is reported with the keys of the first rows that differ', () => {
    const keys = Object.fromEntries(proof.firstDifferences.map(({ table, keys }) => [table, keys]));
    expect(keys['public.w_rows']).toEqual(['5']);
    expect([...(keys['public.w_vacuumed'] ?? [])].sort()).toEqual(['577', '77']);
    expect(keys['public.bookings']).toHaveLength(2); // no primary key: the whole row, twice
  });

  test('keeps what may hold a password out of the proof', () => {
    expect(JSON.stringify(proof)).not.toContain('never to be seen');
    expect(JSON.stringify(proof)).not.toContain('dbname=nowhere');
  });
});

describe('a restored database', () => {
  test('with one large object changed fails its proof', async () => {
    const proof = await prove(dump, scratch, {
      beforeComparing: async (client) => {
        await client.query(`SELECT lo_put(434343, 99999, '\\x01')`);
      },
    });
    expect(proof).toMatchObject({
      state: 'failed',
      reason: 'large objects: other contents in 8 objects',
      mismatches: 1,
    });
  });
});
