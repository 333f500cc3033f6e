import type { Client } from 'pg';
import type { NotCompared } from '../domain/source-reading.ts';
import { translatePgError } from './pg-error.ts';

/** A table that has rows of its own: a plain table, a partition, a parent or child of inheritance. */
export interface TableDescription {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** PostgreSQL's estimate of the size, to do the big ones first; 0 where it has none yet. */
  readonly pages: number;
  readonly columns: readonly ColumnDescription[];
}

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

/** Every table whose rows are compared, by schema and name; takes no lock on any of them. */
export async function listTables(client: Client): Promise<TableDescription[]> {
  return read<TableDescription>(client, tablesSql);
}

/** The relations that hold data and are left out of the comparison, each with the reason. */
export async function listNotCompared(client: Client): Promise<NotCompared[]> {
  return read<NotCompared>(client, notComparedSql);
}

async function read<Row extends object>(client: Client, sql: string): Promise<Row[]> {
  try {
    return (await client.query<Row>(sql)).rows;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

const userSchema = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

const extensionOf = `
  SELECT e.extname
  FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
  WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.deptype = 'e'`;

// A virtual generated column stores nothing, so there is nothing of it to lose.
const tablesSql = `
  WITH RECURSIVE base(type, base) AS (
    SELECT oid, oid FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL
    SELECT t.oid, b.base FROM pg_catalog.pg_type t JOIN base b ON t.typbasetype = b.type
    WHERE t.typtype = 'd'
  ), columns AS (
    SELECT a.attrelid, json_agg(json_build_object(
      'name', a.attname,
      'type', format_type(a.atttypid, a.atttypmod),
      'baseType', b.base::int8,
      'notNull', a.attnotnull AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint k
        WHERE k.conrelid = a.attrelid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
          AND NOT k.convalidated),
      'generated', a.attgenerated <> '',
      'ownTextCast', EXISTS (
        SELECT FROM pg_catalog.pg_cast t
        WHERE t.castsource = b.base AND t.casttarget = 'pg_catalog.text'::regtype AND t.oid >= 16384)
    ) ORDER BY a.attname) AS list
    FROM pg_catalog.pg_attribute a JOIN base b ON b.type = a.atttypid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
    GROUP BY a.attrelid
  )
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relpages AS pages,
         coalesce(k.list, '[]') AS columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN columns k ON k.attrelid = c.oid
  WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND ${userSchema}
    AND NOT EXISTS (${extensionOf})
  ORDER BY n.nspname, c.relname`;

const notComparedSql = `
  SELECT CASE c.relkind WHEN 'f' THEN 'foreign table ' ELSE 'table ' END
           || '''' || n.nspname || '.' || c.relname || '''' AS what,
         coalesce('belongs to extension ''' || (${extensionOf}) || '''',
                  'its rows lie on a foreign server') AS why
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND ${userSchema}
    AND (c.relkind = 'f' OR EXISTS (${extensionOf}))
  ORDER BY n.nspname, c.relname`;
