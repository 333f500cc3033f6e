import pg from 'pg';
import { createdTablespace, splitGlobals } from '../domain/globals.ts';
import type { NotCompared } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { translatePgError } from './pg-error.ts';

/** The roles that a server has before anything is restored into it. */
export async function listRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  return rows.map(({ name }) => name);
}

/**
 * Makes the roles and memberships of `globals.sql`; roles in `existing` are left as they are. Tablespaces are not made,
 * but named in the result. Throws `restore_failed` with PostgreSQL's words for a statement that does not work.
 */
export async function createRoles(
  client: pg.Client,
  globals: string,
  existing: readonly string[],
): Promise<NotCompared[]> {
  const notCompared: NotCompared[] = [];
  for (const { sql, kind, role } of splitGlobals(globals)) {
    const tablespace = createdTablespace(sql);
    if (tablespace !== undefined) {
      const why = 'its directory is not made on the scratch server';
      notCompared.push({ what: `tablespace '${tablespace}'`, why });
    }
    if (kind === 'tablespace' || (role !== null && existing.includes(role))) continue;
    await execute(client, sql);
  }
  return notCompared;
}

/** Drops all roles but these, so that the next proof on this server begins like the first. */
export async function dropRoles(client: pg.Client, keep: readonly string[]): Promise<void> {
  for (const name of await listRoles(client)) {
    if (keep.includes(name)) continue;
    const role = pg.escapeIdentifier(name);
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
}

async function execute(client: pg.Client, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    const message = translatePgError(error, client).message;
    throw new BackupError('restore_failed', `roles could not be made: ${message}`, {
      detail: sql.replace(/ PASSWORD '[^']*'/, " PASSWORD '***'"),
      cause: error,
    });
  }
}
