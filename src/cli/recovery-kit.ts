import { makeRecoveryKit } from '../service/recovery-kit.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';

/** `recovery-kit`: what to keep for the day on which this machine is gone. */
export const recoveryKitCommand: DefineCommand = (program, perform) => {
  program
    .command('recovery-kit')
    .description('print where the backups are and how to restore them without us')
    .option('-o, --output <file>', 'write the page to a file, too')
    .action(({ output: file }: { output?: string }) =>
      perform((session) => printKit(session, file)),
    );
};

async function printKit(session: Session, file: string | undefined): Promise<number> {
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const kit = await makeRecoveryKit(world, file);
    session.output.result({ ...kit, file: file ?? null }, () => kit.page.trimEnd());
    return exitStatuses.done;
  });
}
