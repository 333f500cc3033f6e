import { spawn } from 'node:child_process';
import { truncate } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { withConsole } from './console.mjs';
import { percentile95, secondsOf } from './numbers.mjs';
import { residentBytes } from './process-memory.mjs';

const atOnce = 20;
const sampleMilliseconds = 50;
const askMilliseconds = 20;
const drain = fileURLToPath(new URL('drain.mjs', import.meta.url));

/** What many downloads at once of a large artifact cost the server: memory, and the time in which it answers others. */
export async function measureDownloads(arena) {
  const bytes = arena.size * 2;
  return withConsole(arena, async ({ pid, origin, headers, backup }) => {
    await enlarge(arena, backup, bytes);
    const url = `${origin}/backup/api/backups/${backup.id}/download`;
    await drainAll({ url, headers, count: 1, bytes: 1e6 }); // all that it needs is loaded
    const before = residentBytes(pid);
    const ended = new AbortController();
    const peak = highest(() => residentBytes(pid), ended.signal);
    const answers = askAgainAndAgain(`${origin}/healthz`, ended.signal);
    const seconds = await secondsOf(() => drainAll({ url, headers, count: atOnce, bytes }));
    ended.abort();
    const [most, milliseconds] = await Promise.all([peak, answers]);
    arena.say(`${atOnce} downloads: ${Math.round((atOnce * bytes) / seconds / 1e6)} MB/s`);
    const what = `${atOnce} downloads at once of ${Math.round(bytes / 1e6)} MB`;
    return [
      rowOf(`${what}: memory of our process`, (most - before) / 1e6, 'MB more'),
      rowOf(`${what}: /healthz, 95th percentile`, percentile95(milliseconds), 'ms'),
    ];
  });
}

// Its bytes are zeros that take no room on the disk: what is measured is how they are sent.
async function enlarge(arena, { id, artifact }, bytes) {
  await truncate(artifact.path, bytes);
  await arena.session('catalog', (client) =>
    client.query(
      `UPDATE pma_backup.backups SET manifest = jsonb_set(manifest, '{artifact,bytes}', to_jsonb($2::bigint)) WHERE id = $1`,
      [id, bytes],
    ),
  );
}

// In a process of its own: who reads twenty downloads has no time to look at a clock.
async function drainAll(work) {
  const child = spawn(process.execPath, [drain, JSON.stringify(work)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const told = await text(child.stdout);
  if (told !== 'done') throw new Error('a download broke off');
}

async function highest(look, signal) {
  let most = 0;
  while (!signal.aborted) {
    most = Math.max(most, look());
    await sleep(sampleMilliseconds);
  }
  return most;
}

async function askAgainAndAgain(url, signal) {
  const milliseconds = [];
  while (!signal.aborted) {
    milliseconds.push(1000 * (await secondsOf(async () => (await fetch(url)).text())));
    await sleep(askMilliseconds);
  }
  return milliseconds;
}

function rowOf(what, value, unit) {
  const ours = `${Math.round(value)} ${unit}`;
  return { what, with: '', ours, theirs: '', value, unit, limit: 100, ok: value <= 100 };
}
