import { describe, expect, test } from 'vitest';
import { compareSchemas, splitSchema } from '../../../src/domain/schema-entries.ts';

function entry(header: string, sql: string): string {
  return `--\n-- Name: ${header}\n--\n\n${sql}\n\n\n`;
}

function compare(source: string, restored: string, after = source) {
  return compareSchemas({
    before: splitSchema(source),
    after: splitSchema(after),
    restored: splitSchema(restored),
    namesOnly: false,
  });
}

const orders = 'orders; Type: TABLE; Schema: public; Owner: app';

describe('splitting a schema', () => {
  test('takes no header from within a text, a body or a name', () => {
    const fake = '--\n-- Name: fake; Type: TABLE; Schema: public; Owner: me\n--\n';
    const sql = [
      entry(
        'f(); Type: FUNCTION; Schema: public; Owner: app',
        `CREATE FUNCTION f() AS $$\n${fake}$$;`,
      ),
      entry(
        't; Type: COMMENT; Schema: public; Owner: app',
        `COMMENT ON TABLE t IS '\n${fake}it''s';`,
      ),
      entry(
        'v; Type: VIEW; Schema: public; Owner: app',
        `CREATE VIEW v AS SELECT 1 AS "\n${fake}";`,
      ),
    ].join('');
    expect(splitSchema(sql).map(({ name }) => name)).toEqual([
      'FUNCTION public.f()',
      'COMMENT public.t',
      'VIEW public.v',
    ]);
  });

  test('leaves out what is new with every dump or depends on the place', () => {
    const dump = (token: string, version: string, space: string) =>
      `--\n-- PostgreSQL database dump\n--\n\n\\restrict ${token}\n\n-- Dumped from database version ${version}\n\nSET row_security = off;\n\nSET default_tablespace = ${space};\n\nSET default_table_access_method = heap;\n\n` +
      entry(`${orders}; Tablespace: ${space}`, 'CREATE TABLE orders (\n    id integer\n);') +
      `--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict ${token}\n\n`;
    expect(compare(dump('aaa', '15.1', 'fast'), dump('bbb', '15.8', "''")).differences).toEqual([]);
  });
});

describe('comparing schemas', () => {
  test.each([
    [
      'columns in another order',
      `CREATE TABLE orders (\n    a integer DEFAULT 1,\n    b text DEFAULT 'x, (y'::text,\n    CONSTRAINT c CHECK ((a > 0))\n)\nINHERITS (p);`,
      `CREATE TABLE orders (\n    b text DEFAULT 'x, (y'::text,\n    a integer DEFAULT 1,\n    CONSTRAINT c CHECK ((a > 0))\n)\nINHERITS (p);`,
    ],
    [
      'statements about columns in another order',
      `CREATE TABLE orders (\n);\nALTER TABLE ONLY orders ALTER COLUMN a SET STATISTICS 5;\nALTER TABLE ONLY orders ALTER COLUMN b SET STATISTICS 6;`,
      `CREATE TABLE orders (\n);\nALTER TABLE ONLY orders ALTER COLUMN b SET STATISTICS 6;\nALTER TABLE ONLY orders ALTER COLUMN a SET STATISTICS 5;`,
    ],
  ])('takes %s for the same', (_, one, other) => {
    expect(compare(entry(orders, one), entry(orders, other)).differences).toEqual([]);
  });

  test.each([
    [
      'a default',
      `CREATE TABLE orders (\n    a text DEFAULT 'b, c'\n);`,
      `CREATE TABLE orders (\n    a text DEFAULT 'c, b'\n);`,
    ],
    [
      'an order of inheritance',
      `CREATE TABLE orders (\n)\nINHERITS (a, b);`,
      `CREATE TABLE orders (\n)\nINHERITS (b, a);`,
    ],
    ['an owner', 'ALTER TABLE orders OWNER TO a;', 'ALTER TABLE orders OWNER TO b;'],
  ])('sees %s that is different', (_, one, other) => {
    expect(compare(entry(orders, one), entry(orders, other)).differences).toMatchObject([
      { entry: 'TABLE public.orders', problem: 'different' },
    ]);
  });

  test('sees another order of statements in a body', () => {
    const header = 'f(); Type: FUNCTION; Schema: public; Owner: app';
    const body = (one: string, two: string) =>
      entry(header, `CREATE FUNCTION f() BEGIN ATOMIC\n ${one};\n ${two};\nEND;`);
    expect(
      compare(body('SELECT 1', 'SELECT 2'), body('SELECT 2', 'SELECT 1')).differences,
    ).toHaveLength(1);
  });

  test('sees another table access method', () => {
    const dump = (method: string) =>
      `SET default_table_access_method = ${method};\n\n${entry(orders, 'CREATE TABLE orders (\n);')}`;
    expect(compare(dump('heap'), dump('columnar')).differences).toHaveLength(1);
  });

  test('takes grants in another order for the same, but not by another grantor', () => {
    const header = 'TABLE orders; Type: ACL; Schema: public; Owner: app';
    const one = 'GRANT SELECT ON TABLE orders TO a;';
    const by = (who: string) =>
      `SET SESSION AUTHORIZATION ${who};\nGRANT SELECT ON TABLE orders TO b;\nRESET SESSION AUTHORIZATION;`;
    const source = entry(header, `${one}\n${by('x')}`);
    expect(compare(source, entry(header, `${by('x')}\n${one}`)).differences).toEqual([]);
    expect(compare(source, entry(header, `${one}\n${by('y')}`)).differences).toHaveLength(1);
  });

  test('accepts either of the two readings of the source, and no third', () => {
    const table = (column: string) =>
      entry(orders, `CREATE TABLE orders (\n    ${column} integer\n);`);
    expect(compare(table('a'), table('a'), table('b')).differences).toEqual([]);
    expect(compare(table('a'), table('b'), table('b')).differences).toEqual([]);
    expect(compare(table('a'), '', '').differences).toEqual([]);
    expect(compare(table('a'), table('c'), table('b')).differences).toHaveLength(1);
  });

  test('names what is missing and what is too much', () => {
    const index = entry('i; Type: INDEX; Schema: public; Owner: app', 'CREATE INDEX i ON t (a);');
    expect(compare(index, '').differences).toEqual([
      {
        entry: 'INDEX public.i',
        problem: 'missing',
        expected: 'CREATE INDEX i ON t (a)',
        restored: null,
      },
    ]);
    expect(compare('', index).differences).toMatchObject([{ problem: 'unexpected' }]);
  });

  test('shows no definition that may hold a password', () => {
    const header = 'USER MAPPING a SERVER s; Type: USER MAPPING; Schema: -; Owner: app';
    const source = entry(header, `CREATE USER MAPPING FOR a SERVER s OPTIONS (password 'hush');`);
    expect(JSON.stringify(compare(source, '').differences)).not.toContain('hush');
  });
});
