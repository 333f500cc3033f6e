import type { Client } from 'pg';
import type { NotCompared } from '../domain/source-reading.ts';
import { readColumns, type ColumnDescription } from './columns.ts';
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

/** Every table whose rows are compared, by schema and name; takes no lock on any of them. */
export async function listTables(client: Client): Promise<TableDescription[]> {
  const tables = await read<Omit<TableDescription, 'columns'>>(client, tablesSql);
  const columns = await readColumns(client);
  return tables.map((table) => ({ ...table, columns: columns.get(table.oid) ?? [] }));
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

const tablesSql = `
  SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relpages AS pages
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
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
