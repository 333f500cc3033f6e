import pg from 'pg';
import { createdTablespace, splitGlobals, type GlobalStatement } from '../domain/globals.ts';
import { unquote } from '../domain/sql-text.ts';
import type { NotCompared } from '../domain/source-reading.ts';
import { translatePgError } from './pg-error.ts';
import type { ScratchPlace } from './scratch-session.ts';

export interface GuestRolesOptions {
  /** The script `globals.sql`. */
  readonly globals: string;
  /** Roles that the server has: they stay as they are. */
  readonly existing: readonly string[];
  readonly place: ScratchPlace;
}

/**
 * Makes the roles of `globals.sql` on a server of others: without login and any right, just so that they can own things
 * and be granted something; each carries our mark from its first moment. Gives what that leaves uncompared. Throws what
 * the server says, `permission_denied` above all.
 */
export async function createGuestRoles(
  client: pg.Client,
  { globals, existing, place }: GuestRolesOptions,
): Promise<NotCompared[]> {
  const statements = splitGlobals(globals);
  const names = [...new Set(statements.flatMap(({ role }) => role ?? []))];
  const made = names.filter((name) => !existing.includes(name));
  try {
    for (const name of made) await createRole(client, name, place);
    for (const sql of membershipsAmong(made, statements)) await client.query(sql);
  } catch (error) {
    throw translatePgError(error, client);
  }
  return [
    ...names.filter((name) => existing.includes(name)).map(leftAsItIs),
    {
      what: 'attributes, settings and memberships of roles',
      why: 'on a server that others use, roles are made without login and rights',
    },
    ...statements.flatMap(notMade),
  ];
}

const mark = 'made by pma-backup for test restore ';

/** Drops the roles made for this test restore; nothing may be owned by them or granted to them any more. */
export async function dropGuestRoles(client: pg.Client, guest: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT rolname AS name FROM pg_roles
     WHERE NOT rolcanlogin AND shobj_description(oid, 'pg_authid') = $1`,
    [mark + guest],
  );
  for (const { name } of rows) await client.query(`DROP ROLE ${pg.escapeIdentifier(name)}`);
}

/** The test restores that roles of this server were made for, as far as we may drop them. */
export async function listGuestsWithRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ guest: string }>(
    `SELECT DISTINCT substr(comment, length($1) + 1) AS guest
     FROM (SELECT oid, shobj_description(oid, 'pg_authid') AS comment
           FROM pg_roles WHERE NOT rolcanlogin) AS role
     WHERE starts_with(comment, $1) AND pg_has_role(oid, 'MEMBER')`,
    [mark],
  );
  return rows.map(({ guest }) => guest);
}

async function createRole(
  client: pg.Client,
  name: string,
  { guest, superuser }: ScratchPlace,
): Promise<void> {
  const role = pg.escapeIdentifier(name);
  const statements = [
    `BEGIN`,
    `CREATE ROLE ${role} NOLOGIN`,
    `COMMENT ON ROLE ${role} IS ${pg.escapeLiteral(mark + (guest ?? ''))}`,
    // Who is no superuser must be a member to hand things over to it.
    ...(superuser ? [] : [`GRANT ${role} TO CURRENT_USER`]),
    `COMMIT`,
  ];
  try {
    await client.query(statements.join('; '));
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

const name = '"[^"]*(?:""[^"]*)*"|[^\\s"]+';
const membership = new RegExp(`^GRANT (${name}) TO (${name})(?: |$)`);

/** Those between roles of ours alone: a view may be filled by right of a membership. */
function membershipsAmong(
  made: readonly string[],
  statements: readonly GlobalStatement[],
): string[] {
  return statements.flatMap(({ sql, kind }) => {
    const [, role, member] = (kind === 'membership' && membership.exec(sql)) || [];
    if (role === undefined || member === undefined) return [];
    const bothOurs = [role, member].every((each) => made.includes(unquote(each)));
    return bothOurs ? [`GRANT ${role} TO ${member}`] : [];
  });
}

function leftAsItIs(role: string): NotCompared {
  return { what: `role '${role}'`, why: 'the scratch server had it before, it was left as it is' };
}

function notMade({ sql }: GlobalStatement): NotCompared[] {
  const tablespace = createdTablespace(sql);
  if (tablespace === undefined) return [];
  const why = 'its directory is not made on the scratch server';
  return [{ what: `tablespace '${tablespace}'`, why }];
}
