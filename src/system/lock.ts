import { spawn, spawnSync, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, statSync, unlinkSync } from 'node:fs';
import { BackupError } from '../errors.ts';
import { baseEnvironment, guarded } from './program.ts';

/** Held until released or until this process dies, however it dies: the kernel lets go of it. */
export interface Lock {
  readonly file: string;
  /** Lets go; with `remove` the file goes first, so that nobody finds it unlocked. */
  release(options?: { remove?: boolean }): void;
}

/** Takes the lock at once, or gives undefined when somebody else holds it. */
export function tryLock(file: string, { shared = false } = {}): Lock | undefined {
  for (;;) {
    const fd = open(file);
    const args = ['--nonblock', shared ? '--shared' : '--exclusive', '3'];
    const { status, error } = spawnSync('flock', args, flockOptions(fd));
    if (status === 0 && isStillAt(file, fd)) return lockOf(file, fd);
    closeSync(fd);
    if (status !== 0 && status !== 1) throw flockFailed(error);
    if (status === 1) return undefined;
  }
}

/** Waits until the lock is ours; throws the signal's reason when aborted. */
export async function waitForLock(
  file: string,
  { shared = false, signal }: { shared?: boolean; signal?: AbortSignal } = {},
): Promise<Lock> {
  for (;;) {
    signal?.throwIfAborted();
    const fd = open(file);
    try {
      await flockWaiting(fd, shared, signal);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
    if (isStillAt(file, fd)) return lockOf(file, fd);
    closeSync(fd);
  }
}

async function flockWaiting(
  fd: number,
  shared: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  const [program, ...args] = guarded('flock', [shared ? '--shared' : '--exclusive', '3'], null);
  const child = spawn(program, args, flockOptions(fd));
  const kill = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  try {
    const [status] = (await once(child, 'exit')) as [number | null];
    signal?.throwIfAborted();
    if (status !== 0) throw flockFailed();
  } finally {
    signal?.removeEventListener('abort', kill);
  }
}

// flock locks the open file description, which our descriptor shares with the program's: it stays locked for us.
function flockOptions(fd: number): SpawnOptions {
  return { stdio: ['ignore', 'ignore', 'ignore', fd], env: baseEnvironment() };
}

function open(file: string): number {
  try {
    return openSync(file, 'a', 0o600);
  } catch (error) {
    throw new BackupError('directory_not_writable', `lock file '${file}' cannot be written`, {
      hint: 'may this user write into that directory?',
      cause: error,
    });
  }
}

// A holder may have removed the file between our open and our lock: then we locked a file that nobody else will find.
function isStillAt(file: string, fd: number): boolean {
  const ours = fstatSync(fd);
  const there = statSync(file, { throwIfNoEntry: false });
  return there?.ino === ours.ino && there.dev === ours.dev;
}

function lockOf(file: string, fd: number): Lock {
  let held = true;
  return {
    file,
    release({ remove = false } = {}) {
      if (!held) return;
      held = false;
      if (remove) unlinkSync(file);
      closeSync(fd);
    },
  };
}

function flockFailed(cause?: unknown): BackupError {
  return new BackupError('program_missing', "program 'flock' is not installed or failed", {
    hint: 'install util-linux (Linux) or flock (Homebrew)',
    cause,
  });
}
