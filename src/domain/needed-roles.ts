import { splitGlobals, type GlobalStatement } from './globals.ts';
import { unquote } from './sql-text.ts';

/** One role's membership in another. */
export interface Membership {
  readonly role: string;
  readonly member: string;
  readonly grantor: string | null;
}

/** What of a server's globals one database needs. */
export interface NeededGlobals {
  readonly roles: ReadonlySet<string>;
  readonly tablespaces: ReadonlySet<string>;
}

/**
 * The roles that have something in a database, those that get at it as their members, those whose rights they have in
 * turn, and who granted these memberships: without its grantor a membership cannot be made again.
 */
export function neededRoles(
  owners: Iterable<string>,
  memberships: readonly Membership[],
): Set<string> {
  const direct = [...owners];
  const needed = new Set([
    ...reached(direct, (name) => memberships.filter(({ role }) => role === name), 'member'),
    ...reached(direct, (name) => memberships.filter(({ member }) => member === name), 'role'),
  ]);
  for (let before = 0; before !== needed.size;) {
    before = needed.size;
    for (const { role, member, grantor } of memberships) {
      if (grantor !== null && isKept(role, needed) && needed.has(member)) needed.add(grantor);
    }
  }
  return needed;
}

function reached(
  from: readonly string[],
  next: (name: string) => readonly Membership[],
  end: 'role' | 'member',
): Set<string> {
  const found = new Set(from);
  for (const name of found) for (const each of next(name)) found.add(each[end]);
  return found;
}

/** The statements of `pg_dumpall --globals-only` that are about these roles and tablespaces. */
export function onlyNeeded(script: string, { roles, tablespaces }: NeededGlobals): string {
  const isNeeded = (statement: GlobalStatement): boolean => {
    const { sql, kind, role } = statement;
    if (kind === 'tablespace') return tablespaces.has(nameIn(tablespaceName, sql));
    if (kind === 'parameter') return roles.has(nameIn(grantee, sql));
    if (kind === 'role') return role !== null && roles.has(role);
    return isKept(nameIn(grantedRole, sql), roles) && roles.has(nameIn(grantee, sql));
  };
  return [
    ...sessionSettings,
    ...splitGlobals(script)
      .filter(isNeeded)
      .map(({ sql }) => sql),
  ]
    .map((sql) => `${sql};\n`)
    .join('');
}

// As pg_dumpall itself begins.
const sessionSettings = [
  'SET default_transaction_read_only = off',
  "SET client_encoding = 'UTF8'",
  'SET standard_conforming_strings = on',
];

const name = String.raw`("[^"]*(?:""[^"]*)*"|[^\s";]+)`;
const tablespaceName = new RegExp(`^.*?\\bTABLESPACE ${name}`, 's');
const grantedRole = new RegExp(`^GRANT ${name} TO `);
const grantee = new RegExp(`\\b(?:TO|FROM) ${name}(?: WITH [A-Z, ]+?)?(?: GRANTED BY .*)?$`, 's');

function nameIn(pattern: RegExp, sql: string): string {
  return unquote(pattern.exec(sql)?.[1] ?? '');
}

/** PostgreSQL's own roles are there on every server. */
function isKept(role: string, roles: ReadonlySet<string>): boolean {
  return role.startsWith('pg_') || roles.has(role);
}
