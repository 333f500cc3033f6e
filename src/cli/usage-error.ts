import type { Command, CommanderError } from 'commander';
import { BackupError } from '../errors.ts';

/** What commander refused, as an error of ours that names what is allowed. */
export function usageError(
  refused: CommanderError,
  program: Command,
  argv: readonly string[],
): BackupError {
  const command = commandOf(program, argv);
  if (refused.code === 'commander.help') {
    return new BackupError('usage', 'no command given', { hint: allowedCommands(command) });
  }
  const [first = '', suggestion] = refused.message.replace(/^error: /, '').split('\n');
  const [fact = first, allowed] = first.split(/\.? Allowed choices are /);
  return new BackupError('usage', fact.replace(/\.$/, ''), {
    hint:
      allowed !== undefined
        ? `allowed: ${allowed.replace(/\.$/, '')}`
        : [meant(suggestion), allowedHere(refused, command)].filter(Boolean).join('; '),
  });
}

function meant(suggestion: string | undefined): string {
  return suggestion?.replace(/^\(Did you mean (.*)\?\)$/, `did you mean '$1'?`) ?? '';
}

function allowedHere(refused: CommanderError, command: Command): string {
  if (refused.code === 'commander.unknownCommand') return allowedCommands(command);
  if (refused.code === 'commander.unknownOption') {
    const options = command.createHelp().visibleOptions(command);
    const inherited = command.createHelp().visibleGlobalOptions(command);
    const names = [...options, ...inherited].map(({ long, short }) => long ?? short);
    return `allowed: ${names.join(', ')}`;
  }
  return `see 'pma-backup ${command.name()} --help'`;
}

function allowedCommands(command: Command): string {
  return `allowed: ${command.commands.map((each) => each.name()).join(', ')}`;
}

/** The command that the words of the command line reached. */
function commandOf(program: Command, argv: readonly string[]): Command {
  let reached = program;
  for (const word of argv.filter((each) => !each.startsWith('-'))) {
    const next = reached.commands.find((command) => command.name() === word);
    if (!next) break;
    reached = next;
  }
  return reached;
}
