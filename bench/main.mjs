// Measures what the project promises about speed and memory, and says which promise holds.
import { toBackupError } from '../dist/src/errors.js';
import { withArena } from './arena.mjs';
import { measureApi } from './api.mjs';
import { measureBackup } from './backup.mjs';
import { measureDownloads } from './downloads.mjs';
import { measureFingerprint } from './fingerprint.mjs';
import { measureIncremental } from './incremental.mjs';
import { measureMemory } from './memory.mjs';
import { parseOptions, usage } from './options.mjs';
import { report } from './report.mjs';
import { measureUpload } from './upload.mjs';

const measures = {
  api: measureApi,
  backup: measureBackup,
  downloads: measureDownloads,
  fingerprint: measureFingerprint,
  incremental: measureIncremental,
  memory: measureMemory,
  upload: measureUpload,
};

/** Runs the measures that were asked for; returns the exit status: 1 when a limit is missed or a measure failed. */
export async function main(argv) {
  const options = parseOptions(argv, Object.keys(measures));
  if (typeof options === 'string') return complain(options);
  if (options.help) {
    process.stdout.write(`${usage(Object.keys(measures))}\n`);
    return 0;
  }
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('stopped'));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const rows = await runAll(options, stopping.signal);
    process.stdout.write(report(options, rows));
    return rows.every(({ ok }) => ok !== false) ? 0 : 1;
  } catch (error) {
    if (stopping.signal.aborted) return 130;
    const { message, hint, detail } = toBackupError(error);
    process.stderr.write(`error: ${[message, hint, detail].filter(Boolean).join('\n')}\n`);
    return 1;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

function complain(message) {
  process.stderr.write(`${message}\n\n${usage(Object.keys(measures))}\n`);
  return 2;
}

// One measure after another, each in an arena of its own: what one leaves in memory or on disk is not the next one's.
async function runAll(options, signal) {
  const rows = [];
  for (const name of options.only) {
    rows.push(
      ...(await withArena({ ...options, signal }, async (arena) => {
        arena.say(`${name}: preparing`);
        const measured = await measures[name](arena);
        return measured.map((row) => ({ measure: name, ...row }));
      })),
    );
  }
  return rows;
}
