import type { Client } from 'pg';
import { words } from '../../domain/words.ts';
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
  if (rows.length === 0) return ok(words('others.none'));
  const names = rows
    .slice(0, shown)
    .map(({ name }) => `'${name}'`)
    .join(', ');
  return warning(
    rows.length > shown
      ? words('others.unprotectedMore', { names, more: rows.length - shown })
      : words('others.unprotected', { names }),
    words('others.unprotected.hint'),
  );
}
