import type { Client } from 'pg';
import type { DatabaseProperties, Extension } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { translatePgError } from './pg-error.ts';

/** What the connected database has besides its contents: owner, grants, encoding, locale, `ALTER DATABASE … SET`. */
export async function readProperties(client: Client): Promise<DatabaseProperties> {
  const [properties] = await read<DatabaseProperties>(client, propertiesSql);
  if (!properties) throw new BackupError('internal', 'pg_database does not list its own database');
  return properties;
}

/** The extensions installed in the connected database, by name. */
export async function readExtensions(client: Client): Promise<Extension[]> {
  return read<Extension>(client, extensionsSql);
}

async function read<Row extends object>(client: Client, sql: string): Promise<Row[]> {
  try {
    return (await client.query<Row>(sql)).rows;
  } catch (error) {
    throw translatePgError(error, client);
  }
}

// Columns that came with 15 (datlocprovider), 15 and 16 (daticulocale) and 17 (datlocale) are asked for by name.
const propertiesSql = `
  SELECT datname AS name,
         pg_get_userbyid(datdba) AS owner,
         pg_encoding_to_char(encoding) AS encoding,
         datcollate AS collate,
         datctype AS ctype,
         CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END
           AS "localeProvider",
         coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS "icuLocale",
         datacl::text[] AS acl,
         datconnlimit AS "connectionLimit",
         shobj_description(d.oid, 'pg_database') AS comment,
         (SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'setting', setting)
                                   ORDER BY r.rolname NULLS FIRST, position), '[]')
          FROM pg_catalog.pg_db_role_setting s
          CROSS JOIN LATERAL unnest(s.setconfig) WITH ORDINALITY AS line(setting, position)
          LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
          WHERE s.setdatabase = d.oid) AS settings
  FROM pg_catalog.pg_database d
  WHERE datname = current_database()`;

const extensionsSql = `
  SELECT e.extname AS name, e.extversion AS version, n.nspname AS schema
  FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
  ORDER BY e.extname`;
