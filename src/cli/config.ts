import { describeSettings } from '../config.ts';
import type { DefineCommand, Session } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { formatTable } from './table.ts';

/** `config show`: every setting, secrets masked. */
export const configCommand: DefineCommand = (program, perform) => {
  program
    .command('config')
    .description('the settings')
    .command('show')
    .description('print every setting, its value and where it comes from; secrets are masked')
    .action(() => perform((session) => Promise.resolve(show(session))));
};

function show({ context, output }: Session): number {
  const settings = context.settings();
  for (const warning of settings.warnings) output.say(`warning: ${warning}`);
  const described = describeSettings(settings);
  output.result(described, () =>
    formatTable(described, [
      { title: 'SETTING', of: ({ name }) => name },
      { title: 'VALUE', of: ({ value }) => value },
      { title: 'FROM', of: ({ source }) => source },
      { title: 'ENVIRONMENT', of: ({ environmentVariable }) => environmentVariable },
    ]),
  );
  return exitStatuses.done;
}
