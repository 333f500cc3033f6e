import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { baseEnvironment, guarded, runProgram } from '../dist/src/system/program.js';

const program = fileURLToPath(new URL('../bin/pma-backup', import.meta.url));

/**
 * Gives `use` a running service with a state directory of its own: `up`, or `worker`, which makes no first backup. With
 * `database`, a URL, it protects that one, else the sample; `settings` are further environment variables. Nothing of our own environment or settings gets to it.
 */
export async function withService(arena, { command, database, settings = {} }, use) {
  return arena.withDirectory('service', async (directory) => {
    const stateDirectory = path.join(directory, 'var');
    const env = {
      ...baseEnvironment(),
      ...settings,
      PMA_STATE_DIR: stateDirectory,
      ...(database === undefined ? {} : { DATABASE_URL: database }),
    };
    const child = await start(command, { directory, env });
    const logFile = path.join(directory, 'log');
    try {
      const told = await ready(child, logFile, arena.signal);
      return await use({
        /** What its command printed when it was ready. */
        told,
        pid: child.pid,
        stateDirectory,
        /** Backs up now; returns the summary. */
        backUp: (...args) => run(['backup', ...args], { directory, env, signal: arena.signal }),
      });
    } finally {
      await stop(child);
    }
  });
}

async function start(command, { directory, env }) {
  const log = await open(path.join(directory, 'log'), 'w');
  const [file, ...args] = guarded(program, [command, '--json'], null, 'TERM');
  const stdio = ['ignore', 'pipe', log.fd];
  // A session of its own: Ctrl-C is for us, who stop it when its clients have ended.
  const child = spawn(file, args, { cwd: directory, env, stdio, detached: true });
  child.once('error', () => undefined); // then it has no output either, and `ready` tells
  await log.close();
  return child;
}

// Its first line is its result: for `up` after the first backup.
async function ready(child, logFile, signal) {
  for await (const line of createInterface({ input: child.stdout, signal })) {
    const told = JSON.parse(line);
    if (!('error' in told)) return told;
  }
  signal.throwIfAborted();
  throw new Error(`the service did not start:\n${await readFile(logFile, 'utf8')}`);
}

async function stop(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

async function run(args, { directory, env, signal }) {
  const { stdout } = await runProgram(program, [...args, '--json'], {
    ...{ env, signal },
    cwd: directory,
  });
  const summary = JSON.parse(stdout);
  if (summary.state !== 'proven') {
    throw new Error(`the backup is '${summary.state}': ${summary.reason ?? 'no reason given'}`);
  }
  return summary;
}
