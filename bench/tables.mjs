/**
 * Tables like those of a business application. `rows` is a SELECT that a row number `i` is given to, `share` the table's part
 * of the database's size. Texts are words and numbers, so they compress as real ones do.
 */
export const business = [
  {
    name: 'orders',
    share: 0.3,
    columns: `id bigint PRIMARY KEY, customer integer NOT NULL, state text NOT NULL, amount numeric(12,2) NOT NULL,
      currency char(3) NOT NULL, placed timestamptz NOT NULL, due date, paid boolean NOT NULL, note text`,
    rows: `SELECT i, 1 + (random() * 50000)::int, (ARRAY['new','paid','sent','closed'])[1 + i % 4],
      (random() * 5000)::numeric(12,2), 'CNY', timestamptz '2020-01-01' + random() * interval '5 years',
      date '2020-01-01' + (random() * 1800)::int, random() < 0.8,
      CASE WHEN i % 3 = 0 THEN 'customer asked for delivery on day ' || i % 31 || ', ref ' || md5(i::text) END`,
    index: 'CREATE INDEX ON orders (customer)',
  },
  {
    name: 'events',
    share: 0.3,
    columns: `id uuid PRIMARY KEY, at timestamptz NOT NULL, kind text NOT NULL, payload jsonb NOT NULL`,
    rows: `SELECT gen_random_uuid(), timestamptz '2024-01-01' + i * interval '1 second',
      (ARRAY['login','view','search','buy'])[1 + i % 4], jsonb_build_object('user', (random() * 50000)::int,
      'path', '/catalog/' || i % 997 || '/item/' || (random() * 1e6)::int, 'ms', round((random() * 900)::numeric, 3),
      'tags', jsonb_build_array('mobile', 'zh-CN', md5(i::text)))`,
    index: 'CREATE INDEX ON events (at)',
  },
  {
    name: 'documents',
    share: 0.2,
    columns: `id integer PRIMARY KEY, title varchar(200) NOT NULL, body text NOT NULL, checksum bytea NOT NULL`,
    rows: `SELECT i, 'Report no. ' || i, (SELECT string_agg('paragraph ' || p || ' of ' || i || ' says '
      || md5((i * 100 + p)::text), E'\\n') FROM generate_series(1, 5 + i % 60) p), sha256(i::text::bytea)`,
    index: 'CREATE INDEX ON documents (title)',
  },
  {
    name: 'readings',
    share: 0.2,
    columns: `sensor integer NOT NULL, at timestamp NOT NULL, value double precision NOT NULL, quality smallint`,
    rows: `SELECT i % 500, timestamp '2024-01-01' + i / 500 * interval '1 minute', random() * 100,
      NULLIF(i % 7, 0)`,
    index: 'CREATE INDEX ON readings (sensor, at)',
  },
];

/** One table with a column of every common type. */
export const mixed = {
  name: 'mixed',
  share: 1,
  columns: `id bigint NOT NULL, customer integer, name text, code varchar(20), amount numeric(12,2), ratio double precision,
    at timestamptz, day date, active boolean, key uuid, attributes jsonb`,
  rows: `SELECT i, (random() * 50000)::int, 'customer ' || md5(i::text), 'K' || i % 1000, (random() * 5000)::numeric(12,2),
    random(), timestamptz '2020-01-01' + random() * interval '5 years', date '2020-01-01' + (random() * 1800)::int,
    i % 3 = 0, gen_random_uuid(), jsonb_build_object('color', 'blue', 'size', i % 40, 'ref', md5(i::text))`,
};

/** One table of integers and texts. */
export const plain = {
  name: 'plain',
  share: 1,
  columns: `id bigint NOT NULL, customer integer NOT NULL, amount integer, city text, name text NOT NULL, note text`,
  rows: `SELECT i, (random() * 50000)::int, (random() * 5000)::int, (ARRAY['Nanjing','Beijing','Shanghai'])[1 + i % 3],
    'customer ' || md5(i::text), CASE WHEN i % 2 = 0 THEN 'calls back on day ' || i % 31 END`,
};
