import { openCatalog } from '../dist/src/catalog/catalog.js';
import { permissions } from '../dist/src/domain/access.js';
import { parseConnection } from '../dist/src/postgres/connection.js';
import { addToken } from '../dist/src/service/access/tokens.js';
import { withService } from './service.mjs';

/**
 * Gives `use` a running service that has made one backup, with its catalog in the database `catalog` of the arena, and
 * what one asks its API with.
 */
export async function withConsole(arena, use) {
  await arena.createDatabase('catalog');
  await arena.createDatabase('source');
  const catalog = arena.url('catalog');
  const settings = { CATALOG_DATABASE_URL: catalog };
  const options = { command: 'up', database: arena.url('source'), settings };
  return withService(arena, options, async ({ pid, told }) => {
    const { origin } = new URL(told.console);
    const headers = { authorization: `Bearer ${await tokenFor(arena, catalog)}` };
    /** The answer to `path` below the API, or of the server where it begins with `//`, read to its end. */
    const ask = async (path) => {
      const place = path.startsWith('//') ? path.slice(1) : `/backup/api${path}`;
      const answer = await fetch(`${origin}${place}`, { headers, signal: arena.signal });
      if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      const isJson = answer.headers.get('content-type')?.startsWith('application/json');
      return isJson ? answer.json() : answer.text();
    };
    return use({ pid, origin, headers, ask, backup: told.backups[0] });
  });
}

async function tokenFor(arena, url) {
  // The first administrator would have to choose a password before he may do anything.
  await arena.session('catalog', (client) =>
    client.query('UPDATE pma_backup.users SET must_change_password = false'),
  );
  const catalog = await openCatalog(parseConnection(url, {}));
  try {
    const request = { name: 'bench', user: 'admin', scopes: permissions, days: 1 };
    return (await addToken({ catalog }, request)).secret;
  } finally {
    await catalog.close();
  }
}
