import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import {
  neededRoles,
  onlyNeeded,
  type Membership,
  type NeededGlobals,
} from '../domain/needed-roles.ts';
import { writeFileDurably } from '../system/files.ts';
import { runProgram } from '../system/program.ts';
import type { Connection } from './connection.ts';
import { dumpFailure } from './dump-failure.ts';

export interface GlobalsOptions {
  readonly program: string;
  readonly connection: Connection;
  readonly environment: Record<string, string>;
  readonly file: string;
  readonly needed: NeededGlobals;
  /** Password hashes too: only for an encrypted artifact, and only a superuser may read them. */
  readonly hasPasswords: boolean;
  readonly signal: AbortSignal;
}

/** Writes the needed roles, memberships and tablespaces as SQL; returns the roles' names and every line of standard error. */
export async function dumpGlobals(
  options: GlobalsOptions,
): Promise<{ roles: string[]; stderr: readonly string[] }> {
  const { program, connection, environment, file, signal } = options;
  try {
    const { stderr } = await runProgram(program, globalsArguments(options), {
      env: environment,
      signal,
    });
    const script = onlyNeeded(await readFile(file, 'utf8'), options.needed);
    await writeFileDurably(file, script);
    return { roles: roleNames(script), stderr };
  } catch (error) {
    throw dumpFailure(error, 'pg_dumpall', connection);
  }
}

function globalsArguments({ connection, file, hasPasswords }: GlobalsOptions): string[] {
  return [
    '--globals-only',
    ...(hasPasswords ? [] : ['--no-role-passwords']),
    // Said, else it would connect to 'postgres', which may be closed to us; in this form any name is safe.
    `--database=dbname='${connection.database.replace(/[\\']/g, '\\$&')}'`,
    '--encoding=UTF8',
    '--no-sync',
    '--no-password',
    `--file=${file}`,
  ];
}

/** The names in a script's CREATE ROLE lines, in their order. */
export function roleNames(script: string): string[] {
  const matches = script.matchAll(/^CREATE ROLE (?:"((?:[^"]|"")*)"|([^\s";]+));$/gm);
  return [...matches].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

/** Which roles and tablespaces of the server the session's database needs, as its transaction sees it. */
export async function readNeededGlobals(client: pg.Client): Promise<NeededGlobals> {
  const owners = await client.query<{ name: string }>(ownersSql);
  const memberships = await client.query<Membership>(membershipsSql);
  const tablespaces = await client.query<{ name: string }>(tablespacesSql);
  const names = (rows: { name: string }[]): string[] => rows.map(({ name }) => name);
  return {
    roles: neededRoles(names(owners.rows), memberships.rows),
    tablespaces: new Set(names(tablespaces.rows)),
  };
}

const tablespacesInUse = `
  SELECT dattablespace AS oid FROM pg_database WHERE datname = current_database()
  UNION SELECT reltablespace FROM pg_class`;

// The first superuser has no entries of its own: it cannot be dropped.
const ownersSql = `
  WITH here AS (SELECT oid FROM pg_database WHERE datname = current_database())
  SELECT rolname AS name FROM pg_roles WHERE oid = 10 OR oid IN (
    SELECT refobjid FROM pg_shdepend
    WHERE refclassid = 'pg_authid'::regclass
      AND (dbid = (SELECT oid FROM here)
        OR (classid = 'pg_database'::regclass AND objid = (SELECT oid FROM here))
        OR (classid = 'pg_tablespace'::regclass AND objid IN (${tablespacesInUse})))
    UNION SELECT subowner FROM pg_subscription WHERE subdbid = (SELECT oid FROM here)
    UNION SELECT setrole FROM pg_db_role_setting WHERE setdatabase = (SELECT oid FROM here))`;

const membershipsSql = `
  SELECT role.rolname AS role, member.rolname AS member, grantor.rolname AS grantor
  FROM pg_auth_members m
  JOIN pg_roles role ON role.oid = m.roleid
  JOIN pg_roles member ON member.oid = m.member
  LEFT JOIN pg_roles grantor ON grantor.oid = m.grantor`;

const tablespacesSql = `SELECT spcname AS name FROM pg_tablespace WHERE oid IN (${tablespacesInUse})`;
