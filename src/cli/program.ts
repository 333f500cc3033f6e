import { Command, CommanderError } from 'commander';
import { BackupError } from '../errors.ts';
import { version } from '../version.ts';
import type { Handler } from './command.ts';
import { commands } from './commands.ts';
import type { CliContext } from './context.ts';
import { createOutput } from './output.ts';
import { usageError } from './usage-error.ts';

/** Runs one command line (without `node` and the script) and returns its exit status; throws nothing. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  const output = createOutput(context, { json: argv.includes('--json') });
  let status = 0;
  const perform = async (handler: Handler) => {
    status = await handler({ context, output });
  };
  const program = createProgram(context, perform);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return status;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error =
      thrown instanceof CommanderError
        ? usageError(thrown, program, argv)
        : unlessCancelled(thrown, context.signal);
    return output.error(error, { debug: wantsDebug(argv, context) }).exitStatus;
  }
}

/** The whole command line as commander sees it; documents are checked against it. */
export function createProgram(
  { stdout }: Pick<CliContext, 'stdout'>,
  perform: (handler: Handler) => Promise<void>,
): Command {
  const program = new Command('pma-backup')
    .description('PostgreSQL backups that are proven: restored and compared row for row')
    .version(version)
    .option('--json', 'print the result as JSON in the last line of standard output')
    .option('--debug', 'print where an error comes from')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: () => undefined, // what is wrong is printed by us, as every other error
    })
    .exitOverride();
  for (const define of commands) define(program, perform);
  for (const command of descendants(program)) command.copyInheritedSettings(program);
  return program;
}

/** All commands below this one. */
export function descendants(command: Command): Command[] {
  return command.commands.flatMap((each) => [each, ...descendants(each)]);
}

function unlessCancelled(thrown: unknown, signal: AbortSignal): unknown {
  if (!signal.aborted || thrown instanceof BackupError) return thrown;
  return new BackupError('cancelled', 'cancelled', { cause: thrown });
}

function wantsDebug(argv: readonly string[], context: CliContext): boolean {
  if (argv.includes('--debug')) return true;
  try {
    return context.settings().logLevel === 'debug';
  } catch {
    return false; // wrong settings are what is being reported
  }
}
