import { Option } from 'commander';
import { backupKinds } from '../domain/backup-name.ts';
import { createBackup, type BackupRequest } from '../service/create-backup.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatus, exitStatuses } from './exit-status.ts';
import { following } from './follow.ts';
import { summariesResult } from './summary-text.ts';

type Options = Omit<BackupRequest, 'database'> & { readonly wait: boolean };

/** `backup [database]`: backs up now. */
export const backupCommand: DefineCommand = (program, perform) => {
  program
    .command('backup')
    .description('back up one database, or all of them, and wait until it is proven')
    .argument('[database]', 'name in the settings; all when left out')
    .addOption(new Option('--kind <kind>', 'what to back up').choices(backupKinds).default('full'))
    .option('--module <module>', 'only the tables of this module')
    .option('--no-wait', 'start it and return at once')
    .action((database: string | undefined, { wait, ...rest }: Options) =>
      perform((session) =>
        backUp(session, { ...rest, ...(database === undefined ? {} : { database }) }, wait),
      ),
    );
};

async function backUp(session: Session, request: BackupRequest, wait: boolean): Promise<number> {
  const { context, output } = session;
  const needs = { temporal: true, worker: true };
  return withWorld(session, needs, async (world) => {
    let workflowId = '';
    const summaries = await following(session, (watch) =>
      createBackup(world, request, {
        ...watch,
        wait,
        onStarted(id) {
          workflowId = id;
          watch.onStarted(id);
        },
      }),
    );
    if (!wait) {
      output.result({ workflowId }, () => workflowId);
      return exitStatuses.done;
    }
    summariesResult(output, summaries, context.settings().timeZone);
    return exitStatus(summaries);
  });
}
