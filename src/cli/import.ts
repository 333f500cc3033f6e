import { formatBytes } from '../domain/format.ts';
import { atCommandLine, audited } from '../service/access/audit.ts';
import { importFiles, type ImportResult } from '../service/import/import-files.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { printable } from './table.ts';

/** `import PLACE`: takes over the files that another system left. */
export const importCommand: DefineCommand = (program, perform) => {
  program
    .command('import')
    .description('take over the SQL files that the system before this one left')
    .argument('<place>', 'a directory; with --from, what the keys in the bucket begin with')
    .option('--from <destination>', 'look in the bucket of this destination')
    .option('--database <name>', 'which database they are of')
    .action((place: string, options: { from?: string; database?: string }) =>
      perform((session) => run(session, { place, ...options })),
    );
};

async function run(
  session: Session,
  request: { place: string; from?: string; database?: string },
): Promise<number> {
  const { context, output } = session;
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const result = await audited(
      world,
      () => ({ ...atCommandLine(), action: 'import', target: request.place }),
      () => importFiles(world, request, { signal: context.signal, say: output.say }),
    );
    output.result(result, () => resultText(result));
    const isAll = result.files.every(({ state }) => state !== 'refused');
    return isAll ? exitStatuses.done : exitStatuses.partly;
  });
}

function resultText({ files, others, database }: ImportResult): string {
  const lines = files.map(({ file, bytes, backup, state, note }) => {
    const what = {
      imported: `is ${backup}`,
      known: `is ${backup} already`,
      refused: 'is left out',
    };
    return `${file} (${formatBytes(bytes)}) ${what[state]}${note === null ? '' : `: ${note}`}`;
  });
  const count = files.filter(({ state }) => state === 'imported').length;
  return [
    ...lines,
    `${count === 1 ? '1 file is a new backup' : `${count} files are new backups`} of '${database}', on hold until 'pma-backup release ID'; ${others === 1 ? '1 other was' : `${others} others were`} left alone`,
  ]
    .map(printable)
    .join('\n');
}
