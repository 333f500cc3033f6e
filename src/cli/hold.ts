import type { HoldResult } from '../domain/hold.ts';
import { holdBackup, releaseBackup } from '../service/hold-backup.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { following } from './follow.ts';
import { printable } from './table.ts';

/** `hold ID`: keeps retention from a backup. */
export const holdCommand: DefineCommand = (program, perform) => {
  program
    .command('hold')
    .description('keep a backup from clean-up until it is released')
    .argument('<id>', `a backup's id, or 'latest'`)
    .option('--reason <text>', 'why; shown by list and show')
    .action((backup: string, options: { reason?: string }) =>
      perform((session) => change(session, holdBackup, { backup, ...options })),
    );
};

/** `release ID`: lets retention decide about it again. */
export const releaseCommand: DefineCommand = (program, perform) => {
  program
    .command('release')
    .description('end a hold: clean-up decides about the backup again')
    .argument('<id>', `a backup's id, or 'latest'`)
    .action((backup: string) => perform((session) => change(session, releaseBackup, { backup })));
};

async function change(
  session: Session,
  act: typeof holdBackup,
  request: { backup: string; reason?: string },
): Promise<number> {
  const { output } = session;
  return withWorld(session, { temporal: true, worker: true }, async (world) => {
    const result = await following(session, (watch) => act(world, request, watch));
    output.result(result, () => resultText(result));
    return result.places.every(({ late }) => late === null)
      ? exitStatuses.done
      : exitStatuses.partly;
  });
}

function resultText({ backup, hold, places }: HoldResult): string {
  const why = hold?.reason == null ? '' : `: ${hold.reason}`;
  return [
    hold ? `'${backup}' is on hold by ${hold.by}${why}` : `'${backup}' is released`,
    ...places.flatMap(({ destination, host, late }) => {
      const where = host === null ? destination : `${destination} of host ${host}`;
      return late === null ? [] : [`the copy in ${where} does not say so yet: ${late}`];
    }),
  ]
    .map(printable)
    .join('\n');
}
