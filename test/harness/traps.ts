/** One value of one type, changed into another that a careless fingerprint takes for the same. */
export interface Trap {
  readonly type: string;
  readonly before: string;
  readonly after: string;
}

/** What the traps need: types, domains and collations of the test database. */
export const trapTypesSql = `
  CREATE EXTENSION citext; CREATE EXTENSION hstore;
  CREATE COLLATION "no case" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
  CREATE TYPE mood AS ENUM ('sad', 'ok', 'Happy');
  CREATE TYPE pair AS (a int, b text);
  CREATE TYPE ci_pair AS (a text COLLATE "no case");
  CREATE TYPE price_range AS RANGE (subtype = numeric);
  CREATE DOMAIN ci AS text COLLATE "no case";
  CREATE DOMAIN big AS bigint CHECK (value <> 42);
  CREATE DOMAIN bigger AS big;
  CREATE DOMAIN blanks AS char(5);
  CREATE TYPE lossy AS (a int, b text);
  CREATE FUNCTION lossy_text(lossy) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''::text';
  CREATE CAST (lossy AS text) WITH FUNCTION lossy_text(lossy) AS IMPLICIT;
  CREATE TYPE lossy_mood AS ENUM ('yes', 'no');
  CREATE FUNCTION lossy_text(lossy_mood) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''::text';
  CREATE CAST (lossy_mood AS text) WITH FUNCTION lossy_text(lossy_mood);
  CREATE FUNCTION lossy_text(int4multirange) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''::text';
  CREATE CAST (int4multirange AS text) WITH FUNCTION lossy_text(int4multirange);
  CREATE FUNCTION lossy_text(float8) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT ''same''::text';
  CREATE CAST (float8 AS text) WITH FUNCTION lossy_text(float8);
`;

const rows = {
  smallint: ['0 -> NULL', '1 -> -1', '32767 -> -32768'],
  int: ['0 -> NULL', '1 -> NULL', '2 -> NULL', '1 -> -1', '2147483647 -> -2147483648'],
  // Both sides fold to the same 32 bits.
  bigint: [
    '1 -> 4294967296',
    '0 -> 4294967297',
    '-1 -> 4294967295',
    '-4294967296 -> 0',
    '9223372036854775807 -> -9223372036854775808',
    '0 -> NULL',
    '1 -> NULL',
    '4294967296 -> NULL',
    '4294967297 -> NULL',
  ],
  big: ['1 -> 4294967296', '0 -> NULL'],
  bigger: ['1 -> 4294967296', '0 -> NULL', '1 -> NULL'],
  oid: ['0 -> NULL', '1 -> 4294967295'],
  bool: ['true -> false', 'false -> NULL', 'true -> NULL'],
  '"char"': ['a -> b', "'' -> NULL", 'a -> NULL'],
  name: ['a -> A', "'' -> NULL"],
  text: ["'' -> NULL", 'a -> A', 'a -> á', "'' -> ' '", 'null -> NULL', "á -> U&'a\\0301'"],
  'text COLLATE "no case"': ['a -> A', "'' -> NULL", 'straße -> STRASSE'],
  'varchar(9)': ['a -> A', "'a' -> 'a '", "'' -> NULL"],
  'varchar(9) COLLATE "no case"': ['a -> A'],
  ci: ['a -> A', "'' -> NULL"],
  'ci[]': ['{a} -> {A}'],
  ci_pair: ['(a) -> (A)', '() -> NULL', '() -> (NULL)'],
  citext: ['a -> A', "'' -> NULL"],
  'char(5)': ["'' -> NULL", 'a -> A', "'a' -> ' a'"],
  bpchar: ["'a' -> 'a '", "'a ' -> 'a  '", "'' -> ' '", "'' -> NULL"],
  'bpchar COLLATE "no case"': ['a -> A', "'a' -> 'a '"],
  blanks: ["'' -> NULL", 'a -> A'],
  bytea: ['\\x -> NULL', '\\x00 -> \\x', '\\x00 -> \\x0000', '\\x4142 -> \\x4143'],
  numeric: ['1.0 -> 1.00', '1 -> -1', 'NaN -> NULL', '0 -> NULL', '0.0 -> 0'],
  real: [
    '0 -> -0',
    '0 -> NULL',
    '1 -> NULL',
    '1 -> NaN',
    '0.1 -> 0.10000001',
    'NaN -> Infinity',
    '1.401298464324817e-45 -> 0',
  ],
  float8: [
    '0 -> -0',
    '0 -> NULL',
    '0 -> 1',
    '-0 -> 1',
    '-0 -> NULL',
    '1 -> NULL',
    '1 -> NaN',
    '5e-324 -> 1e-323',
    '5e-324 -> 0',
    'Infinity -> NaN',
    '0.3 -> 0.30000000000000004',
    'NaN -> NULL',
    'Infinity -> -Infinity',
  ],
  money: ['1.00 -> 1.01', '0 -> NULL', '1 -> -1'],
  date: [
    'infinity -> -infinity',
    '-infinity -> NULL',
    'infinity -> 5874897-12-31',
    '-infinity -> 4713-01-01 BC',
    '2000-01-01 -> NULL',
    '0044-03-15 BC -> 0044-03-15',
  ],
  time: ['00:00 -> NULL', '00:00 -> 24:00', '00:00:00.000001 -> 01:11:34.967296'],
  timetz: [
    '12:00+00 -> 13:00+01',
    '12:00+00 -> 12:00+01',
    '00:00:00.000001+0 -> 01:11:34.967296+0',
  ],
  timestamp: [
    '2000-01-01 00:00:00.000001 -> 2000-01-01 01:11:34.967296',
    '2000-01-01 -> NULL',
    '-infinity -> NULL',
    '4713-01-01 BC -> 294276-12-31 23:59:59.999999',
  ],
  timestamptz: [
    '2000-01-01 00:00:00.000001Z -> 2000-01-01 01:11:34.967296Z',
    'infinity -> -infinity',
    '2000-01-01Z -> NULL',
  ],
  interval: ['1 day -> 24:00', '1 mon -> 30 days', '0 -> NULL', '1 mon -1 day -> 29 days'],
  uuid: ['00000000-0000-0000-0000-000000000000 -> NULL'],
  inet: ['10.0.0.1 -> 10.0.0.1/8', '::1 -> ::2'],
  cidr: ['10.0.0.0/8 -> 10.0.0.0/9'],
  macaddr: ['08:00:2b:01:02:03 -> 08:00:2b:01:02:04'],
  'bit(3)': ['101 -> 100'],
  varbit: ['101 -> 1010', "'' -> NULL", '0 -> 00'],
  json: ['{"a":1} -> {"a": 1}', 'null -> NULL', '{"a":1,"a":2} -> {"a":2}'],
  jsonb: ['1.0 -> 1.00', 'null -> NULL', '"1" -> 1'],
  xml: ['<a/> -> <a></a>', '<a/> -> <a />', "'' -> NULL"],
  tsvector: ['a:1 -> a:1A', "'' -> NULL"],
  tsquery: ['a&b -> a|b'],
  point: ['(0,0) -> (-0,0)', '(1,2) -> (2,1)'],
  box: ['(1,1),(0,0) -> (1,2),(0,1)'],
  'int[]': [
    '{1,2} -> {{1,2}}',
    '{1,2} -> [0:1]={1,2}',
    '{} -> NULL',
    '{NULL} -> {}',
    '{1,NULL} -> {NULL,1}',
    '{{1,2},{3,4}} -> {1,2,3,4}',
  ],
  'text[]': ['{NULL} -> {"NULL"}', '{a,b} -> {"a,b"}', '{} -> {""}'],
  'text[] COLLATE "no case"': ['{a} -> {A}'],
  'numeric[]': ['{1.0} -> {1.00}'],
  'interval[]': ['{1 day} -> {24:00}'],
  'bigint[]': ['{1} -> {4294967296}'],
  mood: ['sad -> ok', 'Happy -> NULL'],
  'mood[]': ['{sad} -> {ok}', '{sad,ok} -> {ok,sad}'],
  pair: ['(1,) -> (1,"")', '(,) -> NULL', '(1,a) -> (1,A)'],
  'pair[]': ['{"(1,)"} -> {"(1,\\"\\")"}', '{NULL} -> {"(,)"}'],
  lossy: ['(1,a) -> (2,b)', '(,) -> NULL'],
  lossy_mood: ['yes -> no', 'yes -> NULL'],
  int4multirange: ['{[1,2)} -> {[1,3)}', '{} -> NULL'],
  numrange: ['[1.0,2) -> [1.00,2)', 'empty -> NULL', '[1,2) -> [1,2]', '(,) -> empty'],
  price_range: ['[1.0,2) -> [1.00,2)'],
  tsrange: ['[2000-01-01,) -> [2000-01-01,infinity)'],
  nummultirange: ['{[1.0,2)} -> {[1.00,2)}'],
  hstore: ['a=>1 -> a=>NULL', 'a=>1 -> a=>2'],
  regclass: ['pg_class -> pg_type'],
  pg_lsn: ['0/1 -> 1/0'],
  xid8: ['1 -> 4294967296'],
} satisfies Record<string, readonly string[]>;

export const traps: readonly Trap[] = Object.entries(rows).flatMap(([type, changes]) =>
  changes.map((change) => {
    const [before = '', after = ''] = change.split(' -> ');
    return { type, before: literal(before), after: literal(after) };
  }),
);

function literal(value: string): string {
  if (value === 'NULL' || value.startsWith("'") || value.startsWith('U&')) return value;
  return `'${value.replaceAll("'", "''")}'`;
}
