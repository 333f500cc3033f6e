import type { Command } from 'commander';
import { BackupError } from '../errors.ts';
import { closingAfter, type Needs, type World } from '../service/world.ts';
import type { CliContext } from './context.ts';
import type { Output } from './output.ts';

/** One run of one command. */
export interface Session {
  readonly context: CliContext;
  readonly output: Output;
}

/** Does the work of a command and returns its exit status. */
export type Handler = (session: Session) => Promise<number>;

/** Adds a command to the program; its action hands a handler to `perform`. */
export type DefineCommand = (
  program: Command,
  perform: (handler: Handler) => Promise<void>,
) => void;

/** Opens the part of the world that a command needs and closes it again, also when `use` throws. */
export async function withWorld<T>(
  { context, output }: Session,
  needs: Needs,
  use: (world: World) => Promise<T>,
  role: 'service' | 'command' = 'command',
): Promise<T> {
  const world = await openUnlessCancelled(context, () =>
    context.openWorld(needs, role, output.say),
  );
  return closingAfter(world, use);
}

/** Ctrl-C during the start ends as `cancelled`, whatever the interrupted step made of it. */
async function openUnlessCancelled<T>({ signal }: CliContext, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new BackupError('cancelled', 'cancelled before anything was started', { cause: error });
  }
}
