import { fingerprintTables, pinSession } from '../dist/src/postgres/fingerprint.js';
import { keptFullPlace, removeKeptFull } from '../dist/src/postgres/kept-full.js';
import { listTables } from '../dist/src/postgres/tables.js';
import { fillDatabase } from './fill.mjs';
import { median, round, secondsOf } from './numbers.mjs';
import { withService } from './service.mjs';
import { business } from './tables.mjs';

// Each changes 1 % of the rows of the tables with a key: integers (`orders`, `documents`) and uuids (`events`), in every
// round to something else.
const changes = [
  { what: 'nothing changed', sql: () => 'SELECT 1' },
  {
    what: 'newest 1 % updated',
    sql: (
      round,
    ) => `UPDATE orders SET state = 'late ${round}' WHERE id > (SELECT max(id) * 0.99 FROM orders);
      UPDATE documents SET title = title || '!' WHERE id > (SELECT max(id) * 0.99 FROM documents);
      UPDATE events SET kind = 'late ${round}' WHERE at > (SELECT min(at) + (max(at) - min(at)) * 0.99 FROM events)`,
  },
  {
    what: '1 % updated, spread evenly',
    sql: (round) => `UPDATE orders SET state = 'spread ${round}' WHERE id % 100 = 0;
      UPDATE documents SET title = title || '!' WHERE id % 100 = 0;
      UPDATE events SET kind = 'spread ${round}' WHERE hashtext(id::text) % 100 = 0`,
  },
  {
    what: '1 % deleted, spread over uuid keys',
    sql: (round) => `DELETE FROM events WHERE abs(hashtext(id::text)::bigint) % 100 = ${round}`,
    isSizeFree: true, // the keys that are still there are listed: told, not promised
  },
];

/** What an incremental costs beside its full: seconds to the sealed artifact, to the proof, and bytes. */
export async function measureIncremental(arena) {
  await fillDatabase(arena, {
    database: 'shop',
    tables: business,
    bytes: arena.size,
  });
  const url = arena.url('shop');
  const settings = { BACKUP_KEEP_FULL_RESTORED: 'true' };
  return withService(arena, { command: 'worker', database: url, settings }, async (service) => {
    const rows = [];
    try {
      for (const change of changes) {
        const rounds = [];
        for (let count = 1; count <= arena.rounds; count++)
          rounds.push(
            await playRound(arena, service.backUp, { ...change, sql: change.sql(count) }),
          );
        rows.push(...rowsOf(change, rounds));
      }
    } finally {
      await removeKeptFull(keptFullPlace(service.stateDirectory, 'shop'));
    }
    return rows;
  });
}

async function playRound(arena, backUp, { what, sql }) {
  const full = await backUp();
  await arena.session('shop', (client) => client.query(sql));
  const pass = await fingerprintSeconds(arena);
  const own = await backUp('--kind', 'incremental');
  if (own.kind !== 'incremental') throw new Error(`${what}: ${own.reason}`);
  arena.say(
    `${what}: full sealed ${round(full.timings.sealed)} s, proven ${round(full.timings.proven)} s, ${full.artifact.bytes} bytes; ` +
      `incremental sealed ${round(own.timings.sealed)} s, proven ${round(own.timings.proven)} s, ${own.artifact.bytes} bytes; ` +
      `one pass of the fingerprints ${round(pass)} s`,
  );
  return { full, own, pass };
}

async function fingerprintSeconds(arena) {
  return arena.session('shop', async (client) => {
    await pinSession(client);
    const tables = await listTables(client);
    return secondsOf(() => fingerprintTables({ clients: [client], tables }));
  });
}

function rowsOf({ what, isSizeFree = false }, rounds) {
  const beside = (ours, theirs, print) => ({
    ours: print(median(rounds.map(ours))),
    theirs: print(median(rounds.map(theirs))),
    value: median(rounds.map((one) => ours(one) / theirs(one))),
    unit: 'x',
  });
  const seconds = (value) => `${round(value)} s`;
  const bytes = (value) => `${round(value / 1e6)} MB`;
  const timing = (key) =>
    beside(
      ({ own }) => own.timings[key],
      ({ full }) => full.timings[key],
      seconds,
    );
  const size = beside(
    ({ own }) => own.artifact.bytes,
    ({ full }) => full.artifact.bytes,
    bytes,
  );
  const pass = beside(
    ({ own }) => own.timings.sealed,
    (one) => 1.3 * one.pass + 3,
    seconds,
  );
  return [
    limited({ what: `sealed, ${what}`, with: 'the full', ...timing('sealed') }, 0.35),
    limited({ what: `proven, ${what}`, with: 'the full', ...timing('proven') }, 0.6),
    limited({ what: `bytes, ${what}`, with: 'the full', ...size }, isSizeFree ? undefined : 0.05),
    ...(what === 'nothing changed'
      ? [
          limited(
            {
              what: `sealed, ${what}`,
              with: '1.3 passes of fingerprints + 3 s',
              ...pass,
            },
            1,
          ),
        ]
      : []),
  ];
}

function limited(row, limit) {
  return limit === undefined ? row : { ...row, limit, ok: row.value <= limit };
}
