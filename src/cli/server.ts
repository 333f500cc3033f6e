import { makeSchedules } from '../service/schedules.ts';
import { watchBeside } from '../service/watch-beside.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { withConsole } from './console.ts';
import { exitStatuses } from './exit-status.ts';
import { tellMadeSchedules } from './schedules.ts';
import { untilStopped } from './stay.ts';

/** `server`: console, API, schedules and a watch, beside workers that run elsewhere. */
export const serverCommand: DefineCommand = (program, perform) => {
  program
    .command('server')
    .description('serve the console and the API, make the schedules, and stay')
    .action(() => perform(serve));
};

async function serve(session: Session): Promise<number> {
  const { context, output } = session;
  return withWorld(session, { temporal: true, worker: false }, (world) =>
    withConsole(session, world, async (url) => {
      tellMadeSchedules(output, await makeSchedules(world));
      const watcher = await watchBeside(world, () => context.settings());
      output.result({ console: url }, () => `serving ${url}; Ctrl-C stops`);
      await untilStopped(context.signal, world).finally(() => watcher.stop());
      output.say('stopping');
      return exitStatuses.done;
    }),
  );
}
