import type pg from 'pg';

/** Gathers statistics of all tables. Foreign tables, and what has them below it, are left out: their servers may not be there. */
export async function analyzeTables(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(tablesSql);
  for (const { name } of rows) await client.query(`ANALYZE ${name}`);
}

const tablesSql = `
  WITH RECURSIVE below (top, oid) AS (
    SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'm')
    UNION
    SELECT top, inhrelid FROM below JOIN pg_catalog.pg_inherits ON inhparent = below.oid)
  SELECT format('%I.%I', n.nspname, c.relname) AS name
  FROM below JOIN pg_catalog.pg_class b ON b.oid = below.oid
  JOIN pg_catalog.pg_class c ON c.oid = below.top
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
    AND (c.relkind <> 'm' OR c.relispopulated)
  GROUP BY n.nspname, c.relname
  HAVING bool_and(b.relkind <> 'f')
  ORDER BY n.nspname, c.relname`;
