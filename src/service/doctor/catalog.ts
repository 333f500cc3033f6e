import type { Settings } from '../../config.ts';
import { words } from '../../domain/words.ts';
import { describeConnection } from '../../postgres/connection.ts';
import { withSession } from '../../postgres/session.ts';
import type { Parts } from '../service-file.ts';
import { failed, ok, type Finding } from './check.ts';

/** Whether the catalog's server answers and lets us make tables there. */
export async function checkCatalog(
  settings: Settings,
  running: Parts | undefined,
  signal: AbortSignal,
): Promise<Finding> {
  const connection = settings.catalog ?? running?.catalog;
  if (!connection) return ok(words('catalog.embedded'));
  const options = { purpose: 'doctor', signal };
  const allowed = await withSession(connection, options, async (client) => {
    const { rows } = await client.query<{ allowed: boolean }>(
      `SELECT has_database_privilege(current_database(), 'CREATE') AS allowed`,
    );
    return rows[0]?.allowed === true;
  });
  const where = describeConnection(connection);
  if (allowed) return ok(words('catalog.answers', { where }));
  return failed(words('catalog.refuses', { where }), words('catalog.refuses.hint'));
}
