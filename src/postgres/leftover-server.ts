import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../errors.ts';

const abrupt = [['SIGQUIT', 10]] as const;
// A server whose maker died got SIGINT from the kernel already: a second one changes nothing.
const orderly = [['SIGINT', 60], ...abrupt] as const;

/**
 * Waits for the server of an earlier run that was killed and is still shutting down, and
 * removes a `postmaster.pid` whose number now belongs to some other program. Touches no process that does not run on
 * this very data directory. The caller must hold the directory's lock.
 */
export async function clearLeftoverServer(
  directory: string,
  signal?: AbortSignal,
  { immediately = false }: { immediately?: boolean } = {},
): Promise<void> {
  const pidFile = path.join(directory, 'postmaster.pid');
  const pid = pidIn(pidFile);
  if (pid === undefined || process.platform !== 'linux') return; // elsewhere PostgreSQL's own check must do
  for (const [step, patience] of immediately ? abrupt : orderly) {
    if (!servesFrom(pid, directory)) break;
    process.kill(pid, step);
    await untilGone(pid, directory, patience, signal);
  }
  if (servesFrom(pid, directory)) {
    throw new BackupError('start_failed', `an earlier server in '${directory}' does not end`, {
      hint: `look at process ${pid}`,
    });
  }
  // PostgreSQL clears a dead process' file itself, but takes any living process of that number for a server.
  if (isAlive(pid)) await rm(pidFile, { force: true });
}

function pidIn(file: string): number | undefined {
  if (!existsSync(file)) return undefined;
  const pid = Number.parseInt(readFileSync(file, 'utf8'), 10);
  return pid > 1 ? pid : undefined;
}

/** Whether this process is a PostgreSQL server that was started on exactly this data directory. */
function servesFrom(pid: number, directory: string): boolean {
  const [program = '', ...args] = commandLine(pid);
  return path.basename(program) === 'postgres' && args[args.indexOf('-D') + 1] === directory;
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended
  }
}

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`);
}

async function untilGone(
  pid: number,
  directory: string,
  seconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (servesFrom(pid, directory) && Date.now() < deadline) {
    await sleep(50, undefined, signal === undefined ? {} : { signal });
  }
}
