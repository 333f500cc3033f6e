import type { Writable } from 'node:stream';
import type { Settings } from '../config.ts';
import type { Needs, World } from '../service/world.ts';

/** What a command line is run with; tests put their own in. */
export interface CliContext {
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Whether `stderr` is a terminal: a bar there, lines elsewhere. */
  readonly isTerminal: boolean;
  /** Who can be asked; null: nobody sits there. */
  readonly person: Person | null;
  /** A line of standard input, not shown while it is typed on a terminal. */
  readPassword(question: string): Promise<string>;
  /** Throws `invalid_settings`. */
  settings(): Settings;
  openWorld(
    needs: Needs,
    role: 'service' | 'command',
    report: (line: string) => void,
  ): Promise<World>;
  /** Serves console and API of this world; injected, because the API is not below the command line. */
  startConsole(world: World): Promise<{ readonly url: string; close(): Promise<void> }>;
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** Somebody at a terminal. */
export interface Person {
  ask(question: string): Promise<string>;
}
