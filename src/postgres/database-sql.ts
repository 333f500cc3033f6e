import { escapeIdentifier, escapeLiteral } from 'pg';
import type { Omitted } from '../domain/restore.ts';
import type { DatabaseProperties } from '../domain/source-reading.ts';

// psql puts the current database's quoted name in; it does so outside quotes only, so no text of ours is touched.
const database = ':database';

/**
 * A psql script that gives the database it is run in what `pg_dump` leaves out: owner, settings, connection limit, comment
 * and grants. It names no database, so that it works under any name.
 */
export function databaseSql(
  properties: DatabaseProperties,
  omitted: Omitted = { owners: false, privileges: false },
): string {
  const { owner, connectionLimit, comment, settings } = properties;
  const statements = [
    ...(omitted.owners ? [] : [`ALTER DATABASE ${database} OWNER TO ${escapeIdentifier(owner)}`]),
    ...(connectionLimit === -1
      ? []
      : [`ALTER DATABASE ${database} CONNECTION LIMIT ${connectionLimit}`]),
    ...(comment === null ? [] : [`COMMENT ON DATABASE ${database} IS ${escapeLiteral(comment)}`]),
    ...settings.filter(({ role }) => role === null || !omitted.privileges).map(settingStatement),
    ...(omitted.privileges ? [] : grantStatements(properties)),
  ];
  return [
    `-- What belongs to the database itself; run it with psql in the restored database.`,
    `\\set ON_ERROR_STOP on`,
    `SELECT quote_ident(current_database()) AS database \\gset`,
    ...statements.map((statement) => `${statement};`),
    '',
  ].join('\n');
}

function settingStatement({ role, setting }: DatabaseProperties['settings'][number]): string {
  const at = setting.indexOf('=');
  const name = setting.slice(0, at);
  const value = setting.slice(at + 1);
  const target =
    role === null
      ? `ALTER DATABASE ${database}`
      : `ALTER ROLE ${escapeIdentifier(role)} IN DATABASE ${database}`;
  const values = listSettings.has(name.toLowerCase()) ? listElements(value) : [value];
  const literals = values.length === 0 ? [''] : values; // an empty list is said as one empty text
  const path = name.split('.').map(escapeIdentifier).join('.');
  return `${target} SET ${path} TO ${literals.map((text) => escapeLiteral(text).trim()).join(', ')}`;
}

// PostgreSQL keeps these as lists of quoted identifiers (GUC_LIST_QUOTE): as one literal they would be one element.
const listSettings = new Set([
  'local_preload_libraries',
  'oauth_validator_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

function listElements(list: string): string[] {
  const matches = list.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^",\s][^,]*?))\s*(?:,|$)/g);
  return [...matches].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

const privileges: Readonly<Record<string, string>> = {
  C: 'CREATE',
  T: 'TEMPORARY',
  c: 'CONNECT',
};

/** null is PostgreSQL's default, which a new database has anyway. */
function grantStatements({ acl, owner }: DatabaseProperties): string[] {
  if (acl === null) return [];
  return [
    `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
    `REVOKE ALL ON DATABASE ${database} FROM ${escapeIdentifier(owner)}`,
    ...acl.map(readAclItem).flatMap((item) => grantsOf(item, owner)),
  ];
}

interface AclItem {
  /** Empty: everybody. */
  readonly grantee: string;
  readonly rights: string;
  readonly grantor: string;
}

/** Reads `grantee=rights/grantor`, names quoted where PostgreSQL finds that they need it. */
function readAclItem(text: string): AclItem {
  const name = '"(?:[^"]|"")*"|[^"=/]*';
  const [, grantee = '', rights = '', grantor = ''] =
    new RegExp(`^(${name})=([a-zA-Z*]*)/(${name})$`).exec(text) ?? [];
  return { grantee: unquote(grantee), rights, grantor: unquote(grantor) };
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

function grantsOf({ grantee, rights, grantor }: AclItem, owner: string): string[] {
  const to = grantee === '' ? 'PUBLIC' : escapeIdentifier(grantee);
  const grant = (names: string[], option: string): string[] =>
    names.length === 0
      ? []
      : [`GRANT ${names.join(', ')} ON DATABASE ${database} TO ${to}${option}`];
  const names = (pattern: RegExp): string[] =>
    [...rights.matchAll(pattern)].map(([letter]) => privileges[letter.charAt(0)] ?? letter);
  const grants = [
    ...grant(names(/[a-zA-Z](?!\*)/g), ''),
    ...grant(names(/[a-zA-Z]\*/g), ' WITH GRANT OPTION'),
  ];
  // What a superuser grants counts as granted by the owner.
  return grantor === owner
    ? grants
    : [
        `SET SESSION AUTHORIZATION ${escapeIdentifier(grantor)}`,
        ...grants,
        'RESET SESSION AUTHORIZATION',
      ];
}
