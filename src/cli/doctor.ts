import { examine, grantsFor } from '../service/doctor.ts';
import type { Check } from '../service/doctor/check.ts';
import type { DefineCommand, Session } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { printable } from './table.ts';

/** `doctor`: what would keep a backup from working. */
export const doctorCommand: DefineCommand = (program, perform) => {
  program
    .command('doctor')
    .description('look for everything that would keep a backup from working')
    .option('--alerts', 'send a test message to every channel')
    .option('--grants', 'print the SQL of a role that may read everything, and nothing more')
    .action((options: Options) => perform((session) => doctor(session, options)));
};

interface Options {
  readonly alerts?: boolean;
  readonly grants?: boolean;
}

async function doctor(session: Session, { alerts, grants }: Options): Promise<number> {
  const { context, output } = session;
  if (grants === true) {
    const sql = await grantsFor(context.settings(), context.signal);
    output.result({ sql }, () => sql);
    return exitStatuses.done;
  }
  const checks = await examine({
    settings: () => context.settings(),
    signal: context.signal,
    alerts: alerts === true,
    onCheck: (check) => {
      if (output.json) output.say(checkText(check));
    },
  });
  output.result(checks, () => checks.map(checkText).join('\n'));
  return checks.some(({ state }) => state === 'failed') ? exitStatuses.failed : exitStatuses.done;
}

function checkText({ name, state, message, hint }: Check): string {
  const fact = printable(`${state.padEnd(7)}  ${name}: ${message}`);
  return hint === null || state === 'ok'
    ? fact
    : `${fact}\n${' '.repeat(9)}hint: ${printable(hint)}`;
}
