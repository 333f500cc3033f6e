import pg from 'pg';
import { translatePgError } from './pg-error.ts';

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

const mostKeys = 10;
const fetched = 2000;

/**
 * The keys of the first rows, in no particular order, that only one of two databases has in this table: primary key
 * columns, else the whole row, each at most 200 characters. Both must have the table with the same columns.
 */
export async function firstDifferentRows(
  [one, other]: readonly [pg.Client, pg.Client],
  table: TableName,
): Promise<string[]> {
  const keyColumns = await primaryKey(one, table);
  const [a, b] = [readRows(one, table, keyColumns), readRows(other, table, keyColumns)];
  const keys = new Set<string>();
  let [left, right] = [await next(a), await next(b)];
  while ((left || right) && keys.size < mostKeys) {
    const order = compareRows(left, right);
    if (order < 0 && left) keys.add(left.key);
    if (order > 0 && right) keys.add(right.key);
    if (order <= 0) left = await next(a);
    if (order >= 0) right = await next(b);
  }
  await Promise.all([a.return(undefined), b.return(undefined)]);
  return [...keys];
}

interface Row {
  readonly hash: bigint;
  readonly key: string;
}

async function next(rows: AsyncGenerator<Row, undefined>): Promise<Row | undefined> {
  return (await rows.next()).value;
}

/** Negative: the first of them comes first, or there is no other. */
function compareRows(a: Row | undefined, b: Row | undefined): number {
  if (!a) return 1;
  if (!b || a.hash < b.hash) return -1;
  return a.hash > b.hash ? 1 : 0;
}

/** Every row's hash in ascending order; a cursor, as the table may be larger than our memory. */
async function* readRows(
  client: pg.Client,
  { schema, table }: TableName,
  keyColumns: readonly string[],
): AsyncGenerator<Row, undefined> {
  const columns = keyColumns.map((column) => `t.${pg.escapeIdentifier(column)}::text`);
  const key = columns.length === 0 ? 't::text' : `concat_ws(', ', ${columns.join(', ')})`;
  const from = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`;
  try {
    await client.query('BEGIN READ ONLY');
    await client.query(
      `DECLARE differing CURSOR FOR SELECT hashtextextended((t::text) COLLATE "C", 0)::text AS hash, left(${key}, 200) AS key
       FROM ONLY ${from} t ORDER BY hashtextextended((t::text) COLLATE "C", 0)`,
    );
    for (;;) {
      const { rows } = await client.query<{ hash: string; key: string }>(
        `FETCH ${fetched} FROM differing`,
      );
      for (const row of rows) yield { hash: BigInt(row.hash), key: row.key };
      if (rows.length < fetched) return undefined;
    }
  } catch (error) {
    throw translatePgError(error, client);
  } finally {
    await client.query('ROLLBACK').catch(() => undefined); // a lost connection has been said already
  }
}

async function primaryKey(client: pg.Client, { schema, table }: TableName): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT a.attname AS name
     FROM pg_index i
     JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
     CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, position)
     JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
     WHERE i.indisprimary AND n.nspname = $1 AND c.relname = $2 ORDER BY k.position`,
    [schema, table],
  );
  return rows.map(({ name }) => name);
}
