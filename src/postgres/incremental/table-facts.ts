import { escapeIdentifier, type Client } from 'pg';
import type { ColumnFacts, KeyColumn, TableFacts } from '../../domain/incremental/base.ts';
import { translatePgError } from '../pg-error.ts';

/** A table's facts with an estimate of its rows. */
export interface KnownTable extends TableFacts {
  readonly estimatedRows: number;
}

/** The facts of these tables, by OID, which our session must have locked; joined here, like the columns. */
export async function readTableFacts(
  client: Client,
  tables: readonly { readonly oid: number }[],
): Promise<Map<number, KnownTable>> {
  try {
    const [columns, keys] = [await readColumnFacts(client), await readKeys(client)];
    const oids = tables.map(({ oid }) => oid);
    const { rows } = await client.query<Omit<KnownTable, 'columns' | 'key'>>(tablesSql, [oids]);
    return new Map(
      rows.map((table) => [
        table.oid,
        { ...table, columns: columns.get(table.oid) ?? [], key: keys.get(table.oid) ?? null },
      ]),
    );
  } catch (error) {
    throw translatePgError(error, client);
  }
}

// As PostgreSQL estimates: the density that was last seen, times the size of now; where it never looked, 100 bytes a row.
const tablesSql = `
  SELECT c.oid, n.nspname AS schema, c.relname AS name, coalesce(a.amname, 'heap') AS "accessMethod",
    CASE WHEN c.reltuples > 0 AND c.relpages > 0
         THEN c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int)
         ELSE pg_relation_size(c.oid) / 100.0 END::float8 AS "estimatedRows"
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
  WHERE c.oid = ANY ($1::oid[])`;

async function readColumnFacts(client: Client): Promise<Map<number, ColumnFacts[]>> {
  const { rows } = await client.query<ColumnFacts & { table: number }>(columnsSql);
  return gather(rows, ({ table, ...column }) => [table, column]);
}

const columnsSql = `
  SELECT a.attrelid AS "table", a.attname AS name, a.attnum AS number, a.atttypid AS type,
    a.atttypmod AS modifier, a.attcollation AS collation, a.attgenerated <> '' AS generated,
    a.attnotnull AS "notNull", CASE WHEN a.atthasmissing THEN a.attmissingval::text END AS missing
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  WHERE c.relkind = 'r' AND c.oid >= 16384 AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attrelid, a.attnum`;

interface IndexColumn extends KeyColumn {
  readonly table: number;
  readonly index: number;
  /** Of a column that may hold NULL, of which any number is unique. */
  readonly nullable: boolean;
}

/** The best key of each table: its primary key, else its replica identity, else the oldest. */
async function readKeys(client: Client): Promise<Map<number, KeyColumn[]>> {
  const { rows } = await client.query<IndexColumn>(keysSql);
  const indexes = gather(rows, ({ index, ...column }) => [index, column]);
  const keys = new Map<number, KeyColumn[]>();
  for (const columns of indexes.values()) {
    const [first] = columns;
    if (!first || keys.has(first.table) || columns.some(({ nullable }) => nullable)) continue;
    keys.set(
      first.table,
      columns.map(({ name, operator, collation }) => ({ name, operator, collation })),
    );
  }
  return keys;
}

// What the index calls equal is what is unique: its own operator class and collation, whatever the type's default is.
const keysSql = `
  SELECT i.indrelid AS "table", i.indexrelid AS index, a.attname AS name,
    NOT a.attnotnull OR (a.attrelid, a.attnum) IN (
      SELECT conrelid, conkey[1] FROM pg_catalog.pg_constraint
      WHERE contype = 'n' AND NOT convalidated) AS nullable,
    quote_ident(opn.nspname) || '.' || op.oprname AS operator,
    quote_ident(con.nspname) || '.' || quote_ident(co.collname) AS collation
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND c.relkind = 'r' AND c.oid >= 16384
  CROSS JOIN LATERAL generate_series(0, i.indnkeyatts - 1) AS k(n)
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n]
  JOIN pg_catalog.pg_opclass oc ON oc.oid = i.indclass[k.n]
  JOIN pg_catalog.pg_amop ao ON ao.amopfamily = oc.opcfamily AND ao.amopstrategy = 3
    AND ao.amoplefttype = oc.opcintype AND ao.amoprighttype = oc.opcintype
  JOIN pg_catalog.pg_operator op ON op.oid = ao.amopopr
  JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
  LEFT JOIN pg_catalog.pg_collation co ON co.oid = i.indcollation[k.n]
  LEFT JOIN pg_catalog.pg_namespace con ON con.oid = co.collnamespace
  WHERE i.indisunique AND i.indisvalid AND i.indisready AND i.indislive
    AND i.indpred IS NULL AND i.indexprs IS NULL
  ORDER BY i.indisprimary DESC, i.indisreplident DESC, i.indexrelid, k.n`;

/** A list of values for each key, both in the order in which they come. */
function gather<Row, Value>(
  rows: readonly Row[],
  split: (row: Row) => [number, Value],
): Map<number, Value[]> {
  const lists = new Map<number, Value[]>();
  for (const row of rows) {
    const [key, value] = split(row);
    const list = lists.get(key);
    if (list) list.push(value);
    else lists.set(key, [value]);
  }
  return lists;
}

/** The key's columns of two tables say the same. */
export function keyMatch(key: readonly KeyColumn[], left: string, right: string): string {
  return key
    .map(({ name, operator, collation }) => {
      const column = escapeIdentifier(name);
      const collate = collation === null ? '' : ` COLLATE ${collation}`;
      return `${left}.${column} OPERATOR(${operator}) ${right}.${column}${collate}`;
    })
    .join(' AND ');
}
