import type pg from 'pg';
import { BackupError } from '../errors.ts';
import { escapeIdentifier } from 'pg';

export interface LockableTable {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
}

interface Row extends LockableTable {
  readonly readable: boolean;
  readonly filtered: boolean;
}

/**
 * Every table whose definition or rows pg_dump reads: ordinary and partitioned ones, and those of extensions that keep
 * users' rows. Views, materialized views, sequences and foreign tables cannot be locked by LOCK TABLE or, being dumped by
 * their definition alone, need not be. Temporary tables belong to other sessions.
 * Throws `permission_denied` or `row_security` where our role would see nothing or a part only.
 */
export async function listLockableTables(
  client: pg.Client,
  role: string,
): Promise<LockableTable[]> {
  const { rows } = await client.query<Row>(tablesQuery);
  const refused = rows.find(({ readable }) => !readable);
  if (refused) throw notReadable(refused, role);
  const filtered = rows.filter((row) => row.filtered);
  if (filtered[0]) throw rowsHidden(filtered, role);
  return rows.map(({ oid, schema, table }) => ({ oid, schema, table }));
}

export function qualifiedName({ schema, table }: LockableTable): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
}

// Rows are read from the leaf that holds them, so the policies of a partitioned table itself hide nothing from us.
const tablesQuery = `
  SELECT c.oid, n.nspname AS schema, c.relname AS table,
         has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable,
         c.relkind = 'r' AND c.relrowsecurity AND row_security_active(c.oid) AS filtered
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND (n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS (
           SELECT FROM pg_depend d
           WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         OR c.oid IN (SELECT unnest(extconfig) FROM pg_extension))
  ORDER BY c.oid`;

function notReadable(table: LockableTable, role: string): BackupError {
  const grantee = escapeIdentifier(role);
  return new BackupError(
    'permission_denied',
    `role '${role}' may not read table '${table.schema}.${table.table}'`,
    {
      hint:
        `GRANT USAGE ON SCHEMA ${escapeIdentifier(table.schema)} TO ${grantee}; GRANT SELECT ON ${qualifiedName(table)} TO ${grantee}` +
        ` (or, from PostgreSQL 14 on: GRANT pg_read_all_data TO ${grantee})`,
    },
  );
}

function rowsHidden(tables: readonly LockableTable[], role: string): BackupError {
  const names = tables.map(({ schema, table }) => `${schema}.${table}`);
  const others = names.length > 1 ? ` and ${names.length - 1} more` : '';
  return new BackupError(
    'row_security',
    `row security hides rows of table '${names[0] ?? ''}'${others} from role '${role}'`,
    {
      hint: `back up as the tables' owner, as a superuser, or ALTER ROLE ${escapeIdentifier(role)} BYPASSRLS`,
      detail: names.join('\n'),
    },
  );
}
