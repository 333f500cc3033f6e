import { BackupError } from '../errors.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { untilStopped } from './stay.ts';

/** `worker`: one more host for a Temporal server that the settings name. */
export const workerCommand: DefineCommand = (program, perform) => {
  program
    .command('worker')
    .description('run a worker for the Temporal server of the settings, and stay')
    .action(() => perform(work));
};

async function work(session: Session): Promise<number> {
  const { context, output } = session;
  return withWorld(
    session,
    { temporal: true, worker: true },
    async (world) => {
      if (world.joined) {
        throw new BackupError('conflict', 'a worker already runs on this state directory', {
          hint: 'one is enough: it runs several backups at a time',
        });
      }
      const { address, namespace, ui } = world.temporal;
      output.result(
        { temporal: { address, namespace, ui } },
        () => `working for Temporal at ${address ?? ''}, namespace '${namespace}'; Ctrl-C stops`,
      );
      await untilStopped(context.signal, world);
      output.say('stopping');
      return exitStatuses.done;
    },
    'service',
  );
}
