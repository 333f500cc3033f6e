import { chooseBucketing } from '../dist/src/domain/incremental/base.js';
import { fingerprintSql, pinSession } from '../dist/src/postgres/fingerprint.js';
import { bucketsSql } from '../dist/src/postgres/incremental/buckets.js';
import { listTables } from '../dist/src/postgres/tables.js';
import { runPipeline } from '../dist/src/system/pipeline.js';
import { fillDatabase } from './fill.mjs';
import { median, round, secondsOf } from './numbers.mjs';
import { mixed, plain } from './tables.mjs';

const bigint = 20; // its OID

const cases = [
  { table: mixed, what: 'mixed table', limit: 0.9 },
  { table: plain, what: 'integers and text', limit: 0.6 },
];

/** Fingerprinting a table beside copying it out, each table a quarter of `--size`. */
export async function measureFingerprint(arena) {
  const rows = [];
  for (const { table, what, limit } of cases) {
    const { name } = table;
    await fillDatabase(arena, { database: name, tables: [table], bytes: arena.size / 4 });
    const times = await arena.session(name, (client) => timesOf(arena, client, name));
    const compare = (key, how) => comparison(times, key, { what: `${what}, ${how}`, limit });
    rows.push(compare('serial', 'one process'), compare('asRun', 'as we run it'));
    // With sums of each bucket for the incrementals: told, not promised.
    rows.push({
      ...compare('bucketed', 'by bucket, as a full reads it'),
      limit: undefined,
      ok: true,
    });
  }
  return rows;
}

async function timesOf(arena, client, database) {
  await pinSession(client);
  const [table] = await listTables(client);
  const sql = fingerprintSql(table);
  const bySql = bucketsSql(await withKey(client, table));
  const { rows } = await client.query('SHOW max_parallel_workers_per_gather');
  const usual = rows[0].max_parallel_workers_per_gather;
  const fingerprint = async (workers, query = sql) => {
    await client.query(`SET max_parallel_workers_per_gather = ${workers}`);
    return secondsOf(() => client.query(query));
  };
  const copy = () => secondsOf(() => copyOut(arena, database, table.name));
  await copy(); // unmeasured: what of the table fits into memory is there for both
  const times = [];
  for (let count = 1; count <= arena.rounds; count++) {
    const [serial, copied, asRun] = [await fingerprint(0), await copy(), await fingerprint(usual)];
    const bucketed = await fingerprint(0, bySql);
    times.push({ serial, copied, asRun, bucketed });
    arena.say(
      `fingerprint of '${table.name}' ${count}: one process ${round(serial)} s, as we run it ${round(asRun)} s, ` +
        `by bucket ${round(bucketed)} s, COPY ${round(copied)} s`,
    );
  }
  return times;
}

async function withKey(client, table) {
  const { schema, name } = table;
  const { rows } = await client.query(`SELECT count(*)::int AS count FROM ${schema}.${name}`);
  const id = { name: 'id', type: bigint };
  const facts = { schema, name, key: [id], columns: [id], estimatedRows: rows[0].count };
  return { table, facts, bucketing: chooseBucketing(facts) };
}

async function copyOut(arena, database, table) {
  const sql = `COPY ${table} TO STDOUT`;
  const stages = [
    [arena.programs.psql, '-X', '-q', '-c', sql, '-o', '/dev/null', arena.url(database)],
  ];
  await runPipeline(stages, { signal: arena.signal });
}

function comparison(times, key, { what, limit }) {
  const ratio = median(times.map((time) => time[key] / time.copied));
  return {
    ...{ what, with: 'COPY TO STDOUT' },
    ours: `${round(median(times.map((time) => time[key])))} s`,
    theirs: `${round(median(times.map(({ copied }) => copied)))} s`,
    ...{ value: ratio, unit: 'x', limit, ok: ratio <= limit },
  };
}
