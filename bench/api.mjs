import { fillCatalog } from './catalog-rows.mjs';
import { withConsole } from './console.mjs';
import { median, secondsOf } from './numbers.mjs';

const backups = 100_000;
const repeats = 15;

/** What the overview asks for when it is opened, all at once. */
const overview = ['/status', '/databases', '/schedules', '/days?days=182', '/runs?limit=50'];

const lists = [
  '/backups',
  '/backups?database=shop-3',
  '/backups?kind=full',
  '/backups?kind=schema_only',
  '/backups?kind=full&state=unproven',
  '/backups?database=shop-3&state=failed',
  '/days?days=182',
  '/days?days=370',
  '/audit',
  '/audit?user=user%203',
  '/schedules',
  '/databases',
  '/runs',
  '/runs?state=closed',
  '/users',
  '/tokens',
];

/** How long the API takes to answer with 100,000 backups in the catalog: medians, one request after the other. */
export async function measureApi(arena) {
  return withConsole(arena, async ({ ask }) => {
    await arena.session('catalog', (client) => fillCatalog(client, backups));
    const [{ id: middle }] = await arena.session('catalog', async (client) => {
      const found = `SELECT id FROM pma_backup.backups ORDER BY triggered_at DESC OFFSET $1 LIMIT 1`;
      return (await client.query(found, [backups / 2])).rows;
    });
    const rows = [];
    for (const path of [...lists, `/backups?before=${middle}`, `/backups/${middle}`]) {
      rows.push(await rowOf(arena, { what: shown(path), limit: 50 }, () => ask(path)));
    }
    rows.push(await rowOf(arena, { what: '/status', limit: 100 }, () => ask('/status')));
    rows.push(await rowOf(arena, { what: '/metrics', limit: 100 }, () => ask('//metrics')));
    const all = { what: 'the overview: all that it asks for', limit: 100 };
    rows.push(await rowOf(arena, all, () => Promise.all(overview.map(ask))));
    return rows;
  });
}

function shown(path) {
  return path.replace(/shop-\d+_\w+/, '…');
}

async function rowOf({ rounds, say }, { what, limit }, work) {
  await work();
  const milliseconds = [];
  for (let count = 0; count < repeats * rounds; count++) {
    milliseconds.push(1000 * (await secondsOf(work)));
  }
  const value = median(milliseconds);
  say(`${what}: ${value.toFixed(1)} ms`);
  const ours = `${value.toFixed(1)} ms`;
  return { what, with: '', ours, theirs: '', value, unit: 'ms', limit, ok: value <= limit };
}
