import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasCode } from './files.ts';

// The name carries our user and process id: who removes stale ones can tell whose they are.
const prefix = `pma-backup-private-${process.getuid?.() ?? 0}-`;

/** Runs `use` with a directory that only we can read, and that exists only meanwhile. */
export async function withPrivateDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), `${prefix}${process.pid}-`));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Removes the private directories that killed runs have left behind; call it at start-up. Those of living processes stay. */
export async function removeStalePrivateDirectories(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = pidIn(name);
    if (pid === undefined || isAlive(pid)) continue;
    await rm(path.join(tmpdir(), name), { recursive: true, force: true });
  }
}

function pidIn(name: string): number | undefined {
  const digits = name.startsWith(prefix) ? /^\d+(?=-)/.exec(name.slice(prefix.length)) : null;
  return digits ? Number(digits[0]) : undefined;
}

/** EPERM: there is such a process, of somebody else. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}
