import { parseBackupId } from '../domain/backup-name.ts';
import { readingsText } from '../domain/check-plan.ts';
import type { CheckedCopy } from '../domain/run.ts';
import { BackupError } from '../errors.ts';
import { checkCopies } from '../service/check-copies.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { copiesExitStatus } from './exit-status.ts';
import { following } from './follow.ts';
import { formatTable } from './table.ts';

/** `check [ID]`: reads stored copies back. */
export const checkCommand: DefineCommand = (program, perform) => {
  program
    .command('check')
    .description('read stored copies back, compare their checksums and heal what is not good')
    .argument('[id]', `a backup's id; all backups when left out`)
    .option('--database <name>', 'only the backups of this database')
    .action((backup: string | undefined, options: { database?: string }) =>
      perform((session) => check(session, { ...(backup && { backup }), ...options })),
    );
};

async function check(
  session: Session,
  request: { backup?: string; database?: string },
): Promise<number> {
  const { output } = session;
  if (request.backup !== undefined && !parseBackupId(request.backup)) {
    throw new BackupError('not_found', `'${request.backup}' is not the id of a backup`, {
      hint: `'pma-backup list' shows them`,
    });
  }
  return withWorld(session, { temporal: true, worker: true }, async (world) => {
    const copies = await following(session, (watch) => checkCopies(world, request, watch));
    output.result(copies, () =>
      copies.length === 0
        ? 'no copies to check'
        : checkedText(copies, session.context.settings().cloudReadDays),
    );
    return copiesExitStatus(copies);
  });
}

/** A line for each copy, and what that says of those that were not read. */
function checkedText(copies: readonly CheckedCopy[], cloudReadDays: number): string {
  const table = formatTable(copies, [
    { title: 'BACKUP', of: ({ backup }) => backup },
    { title: 'DESTINATION', of: ({ destination }) => destination },
    { title: 'STATE', of: ({ state, healed }) => (healed ? `${state}, healed` : state) },
    { title: 'LOOKED AT', of: ({ read }) => (read ? 'whole' : 'size and checksum') },
    { title: 'WHERE', of: ({ uri }) => uri },
  ]);
  const glances = copies.filter(({ read }) => !read).length;
  if (glances === 0) return table;
  return `${table}\n\n${readingsText(copies.length - glances, glances, cloudReadDays)}`;
}
