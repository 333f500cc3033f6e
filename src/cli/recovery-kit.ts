import { Option } from 'commander';
import { makeRecoveryKit } from '../service/recovery-kit.ts';
import { reportTexts, type ReportLanguage } from '../service/report/texts.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';

/** `recovery-kit`: what to keep for the day on which this machine is gone. */
export const recoveryKitCommand: DefineCommand = (program, perform) => {
  program
    .command('recovery-kit')
    .description('print where the backups are and how to restore them without us')
    .option('-o, --output <file>', 'write the page to a file, too')
    .addOption(
      new Option('--language <language>', `of the page, else 'alerts.language'`).choices(
        Object.keys(reportTexts),
      ),
    )
    .action((options: Options) => perform((session) => printKit(session, options)));
};

interface Options {
  readonly output?: string;
  readonly language?: ReportLanguage;
}

async function printKit(session: Session, { output: file, language }: Options): Promise<number> {
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const spoken = language ?? world.settings.alerts.language;
    const kit = await makeRecoveryKit(world, { file, language: spoken });
    session.output.result({ ...kit, file: file ?? null }, () => kit.page.trimEnd());
    return exitStatuses.done;
  });
}
