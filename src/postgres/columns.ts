import type { Client } from 'pg';
import { translatePgError } from './pg-error.ts';

export interface ColumnDescription {
  readonly name: string;
  /** As SQL writes it: `numeric(12,2)`, `public.mood[]`. */
  readonly type: string;
  /** The type's OID, that of the base type where it is a domain. */
  readonly baseType: number;
  /** Rows were checked for it: a constraint that is NOT VALID does not count. */
  readonly notNull: boolean;
  readonly generated: boolean;
  /** Somebody made a cast from this type to text: `c::text` need not say all that the value holds. */
  readonly ownTextCast: boolean;
}

/**
 * The columns of every table by the table's OID, ordered by name; takes no lock on any of them. Joined here: PostgreSQL
 * needs minutes for it where nobody has analyzed the catalogs of many thousand tables.
 */
export async function readColumns(client: Client): Promise<Map<number, ColumnDescription[]>> {
  try {
    const { rows } = await client.query<Column>(columnsSql);
    const domains = await readPairs(client, domainsSql);
    const casts = new Set((await readPairs(client, castsSql)).keys());
    const columns = new Map<number, ColumnDescription[]>();
    for (const { table, typeId, ...column } of rows) {
      const baseType = baseOf(typeId, domains);
      const list = columns.get(table) ?? [];
      if (list.length === 0) columns.set(table, list);
      list.push({ ...column, baseType, ownTextCast: casts.has(baseType) });
    }
    return columns;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

interface Column extends Pick<ColumnDescription, 'name' | 'type' | 'notNull' | 'generated'> {
  readonly table: number;
  readonly typeId: number;
}

function baseOf(type: number, domains: ReadonlyMap<number, number>): number {
  const below = domains.get(type);
  return below === undefined ? type : baseOf(below, domains);
}

async function readPairs(client: Client, sql: string): Promise<Map<number, number>> {
  const { rows } = await client.query<{ from: number; to: number }>(sql);
  return new Map(rows.map(({ from, to }) => [from, to]));
}

// A virtual generated column stores nothing, so there is nothing of it to lose.
const columnsSql = `
  SELECT a.attrelid AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.atttypid AS "typeId", a.attgenerated <> '' AS generated,
    a.attnotnull AND (a.attrelid, a.attnum) NOT IN (
      SELECT conrelid, conkey[1] FROM pg_catalog.pg_constraint
      WHERE contype = 'n' AND NOT convalidated) AS "notNull"
  FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
  WHERE c.relkind = 'r' AND c.oid >= 16384
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
  ORDER BY a.attname`;

const domainsSql = `SELECT oid AS "from", typbasetype AS "to" FROM pg_catalog.pg_type WHERE typtype = 'd'`;

const castsSql = `
  SELECT castsource AS "from", casttarget AS "to" FROM pg_catalog.pg_cast
  WHERE casttarget = 'pg_catalog.text'::regtype AND oid >= 16384`;
