import { accessSync, constants as access } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { execa, ExecaError } from 'execa';
import { BackupError } from '../errors.ts';
import type { OsUser } from './os-user.ts';
import { runAtWork } from './run.ts';

export interface ProgramOptions {
  /** The whole environment besides PATH, HOME, LANG and LC_ALL; our own is not inherited, it may hold secrets. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Run as this unprivileged user; null: as ourselves. */
  readonly user?: OsUser | null;
  /** Aborting kills the program. */
  readonly signal?: AbortSignal;
  readonly input?: string;
  /** It starts processes of its own: they die with us, too. */
  readonly hasChildren?: boolean;
}

export interface ProgramResult {
  readonly stdout: string;
  /** Every line of standard error. */
  readonly stderr: readonly string[];
}

/**
 * Runs a program to its end and returns its output.
 * Throws the signal's reason when aborted, `program_missing` when it is not installed, else `program_failed` with the
 * tail of standard error as detail.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const { hasChildren = false } = options;
  const command = guarded(program, args, options.user ?? null);
  const [file, ...rest] = hasChildren ? asGroup(command) : command;
  try {
    const result = await execa(file, rest, {
      env: { ...baseEnvironment(), ...options.env },
      extendEnv: false,
      stripFinalNewline: true,
      maxBuffer: 512 * 1024 * 1024,
      forceKillAfterDelay: 5000,
      detached: hasChildren,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    });
    return { stdout: result.stdout, stderr: lines(result.stderr) };
  } catch (error) {
    options.signal?.throwIfAborted();
    throw failure(program, error);
  }
}

/**
 * Runs a program whose output flows into a stream, which stays open, as fast as that takes it. Throws what `runProgram`
 * throws, and the stream's error.
 */
export async function streamProgram(
  program: string,
  args: readonly string[],
  into: Writable,
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  const [file, ...rest] = guarded(program, args, null);
  const child = execa(file, rest, {
    ...{ env: baseEnvironment(), extendEnv: false, stdin: 'ignore', buffer: { stdout: false } },
    ...{ cancelSignal: signal, forceKillAfterDelay: 5000 },
  });
  try {
    await Promise.all([pipeline(child.stdout, into, { end: false, signal }), child]);
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ExecaError ? failure(program, error) : error;
  } finally {
    child.kill(); // whoever read it may be gone
  }
}

/** Whether a program is on the PATH that programs get. */
export function isInstalled(program: string): boolean {
  return (baseEnvironment()['PATH'] ?? '').split(':').some((directory) => {
    try {
      accessSync(join(directory, program), access.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The little of our environment that every program gets, and the run that it is started for. */
export function baseEnvironment(): Record<string, string> {
  const { PATH = '/usr/local/bin:/usr/bin:/bin', HOME = '/' } = process.env; // not a setting: what any child needs
  const run = runAtWork();
  return {
    ...{ PATH, HOME, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' },
    ...(run !== undefined && { PMA_RUN: run }),
  };
}

/**
 * The command line with which a program dies with us, even by `kill -9`: on Linux `setpriv` asks the kernel for it and
 * changes the user in the same step. Elsewhere the program is run as it is.
 */
export function guarded(
  program: string,
  args: readonly string[],
  user: OsUser | null,
  deathSignal: 'KILL' | 'INT' | 'TERM' = 'KILL',
): [string, ...string[]] {
  if (process.platform !== 'linux') return [program, ...args];
  const identity = user
    ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups', '--no-new-privs']
    : [];
  return ['setpriv', ...identity, '--pdeathsig', deathSignal, '--', program, ...args];
}

/**
 * What the kernel does for a child when we die it does not do for the child's own: `pg_dump` would be gone, its workers
 * would read on until their table ends. So a shell that leads a process group is told, and takes the group along.
 */
function asGroup(command: readonly string[]): [string, ...string[]] {
  return guarded('sh', ['-c', groupScript, 'sh', ...command], null, 'TERM');
}

// Asked first: `pg_dump` then stops its queries on the server.
const groupScript = `
  trap 'trap "" TERM; kill -TERM 0; { sleep 3; kill -KILL 0; } & wait "$program"; kill -KILL 0' TERM
  "$@" <&0 & program=$!
  wait "$program"`;

function failure(program: string, error: unknown): BackupError {
  if (!(error instanceof ExecaError)) throw error;
  const stderr = lines(typeof error.stderr === 'string' ? error.stderr : '');
  const missing =
    error.code === 'ENOENT' ||
    (error.exitCode === 127 && /setpriv: failed to execute/.test(stderr.join()));
  if (missing) {
    return new BackupError('program_missing', `program '${program}' is not installed`, {
      hint: `install it or put it on PATH`,
    });
  }
  const signal = error.signal ?? signalIn(error.exitCode);
  const how = signal
    ? `was killed by ${signal}`
    : `failed with exit status ${error.exitCode ?? '?'}`;
  return new BackupError(
    'program_failed',
    `'${program}' ${how}: ${stderr.at(-1) ?? 'no message'}`,
    {
      detail: stderr.slice(-40).join('\n'),
      cause: undefined, // execa's own error holds the whole environment
    },
  );
}

/** A shell says 128 and the number of the signal. */
function signalIn(exitStatus: number | undefined): string | undefined {
  const number = (exitStatus ?? 0) - 128;
  return Object.entries(constants.signals).find(([, each]) => each === number)?.[0];
}

function lines(text: string): string[] {
  return text === '' ? [] : text.split('\n').map((line) => line.trimEnd());
}
