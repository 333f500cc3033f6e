import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { boundedLog, type BoundedLog } from './bounded-log.ts';
import type { OsUser } from './os-user.ts';
import { baseEnvironment, guarded } from './program.ts';

export interface ServerProcessOptions {
  readonly program: string;
  readonly args: readonly string[];
  /** Whom it runs as; null: as ourselves. */
  readonly user: OsUser | null;
  readonly env?: Readonly<Record<string, string>>;
  /** Where its standard error goes, bounded in size. */
  readonly logFile: string;
  /** What the kernel sends it when we die. */
  readonly deathSignal: 'INT' | 'TERM';
}

export interface ServerProcess {
  readonly pid: number | undefined;
  readonly log: BoundedLog;
  /** How it ended, once it has. */
  ending(): string | undefined;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** Sends these signals one after the other, with this many seconds of patience each, until it is gone. */
  end(signals: readonly [NodeJS.Signals, number][]): Promise<void>;
}

/** Starts a program that stays: in a session of its own, so that Ctrl-C in the terminal is ours alone to handle. */
export function startServerProcess(options: ServerProcessOptions): ServerProcess {
  const [file, ...args] = guarded(options.program, options.args, options.user, options.deathSignal);
  const child = spawn(file, args, {
    cwd: '/',
    env: { ...baseEnvironment(), ...options.env },
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log = boundedLog(options.logFile, child.stderr);
  let ending: string | undefined;
  const ended = new Promise<void>((resolve) => {
    const end = (how: string): void => {
      ending ??= how;
      resolve();
    };
    child.once('error', (error) => end(error.message));
    child.once('exit', (status, by) => end(by ? `ended by ${by}` : `ended with ${status ?? '?'}`));
  });
  return {
    pid: child.pid,
    log,
    ended,
    ending: () => ending,
    async end(signals) {
      for (const [signal, seconds] of signals) {
        if (ending !== undefined) return;
        child.kill(signal);
        await Promise.race([ended, patience(seconds, ended)]);
      }
    },
  };
}

async function patience(seconds: number, ended: Promise<void>): Promise<void> {
  const timer = new AbortController();
  void ended.then(() => timer.abort());
  await sleep(seconds * 1000, undefined, { signal: timer.signal }).catch(() => undefined);
}
