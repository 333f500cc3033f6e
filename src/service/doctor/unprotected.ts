import type { Client } from 'pg';
import { ok, warning, type Finding } from './check.ts';

const shown = 5;

/** Whether the server has databases that no setting names; `named` are those that one does. */
export async function checkOthers(client: Client, named: readonly string[]): Promise<Finding> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database
     WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres' AND datname <> ALL ($1)
     ORDER BY 1`,
    [named],
  );
  if (rows.length === 0) return ok('every database of the server is protected');
  const names = rows.slice(0, shown).map(({ name }) => `'${name}'`);
  const more = rows.length > shown ? ` and ${rows.length - shown} more` : '';
  return warning(
    `nobody protects ${names.join(', ')}${more} on the same server`,
    `list them under 'databases' in the settings file, if they are worth it`,
  );
}
