import { Option } from 'commander';
import { formatBytes } from '../domain/format.ts';
import { atCommandLine, audited } from '../service/access/audit.ts';
import { saveDownload, type SavedDownload } from '../service/save-download.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { printable } from './table.ts';

/** `download ID`: a backup as a file. */
export const downloadCommand: DefineCommand = (program, perform) => {
  program
    .command('download')
    .description('save a backup as a file, checked, from whichever place can be read')
    .argument('<id>', `a backup's id, or 'latest'`)
    .addOption(
      new Option('--as <form>', 'as an SQL script, unpacked and decrypted').choices(['sql']),
    )
    .option('-o, --output <path>', 'a file or a directory; this directory when left out')
    .option('--destination <name>', 'read the copy in this destination')
    .action((backup: string, options: Options) =>
      perform((session) => download(session, backup, options)),
    );
};

interface Options {
  readonly as?: 'sql';
  readonly output?: string;
  readonly destination?: string;
}

async function download(session: Session, backup: string, options: Options): Promise<number> {
  const { context, output } = session;
  const { output: target = '.', destination } = options;
  const plain = options.as === 'sql';
  const request = { backup, plain, output: target, ...(destination && { destination }) };
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const saved = await audited(
      world,
      () => ({ ...atCommandLine(), action: 'download', target: backup }),
      () => saveDownload(world, request, { signal: context.signal, say: output.say }),
    );
    output.result(saved, () => savedText(saved));
    return exitStatuses.done;
  });
}

function savedText({ path, bytes, destination, readers }: SavedDownload): string {
  const [first] = readers;
  const key = first === 'passphrase' ? '' : '-i KEY_FILE ';
  return [
    `${path} (${formatBytes(bytes)}, from '${destination}')`,
    ...(first === undefined
      ? []
      : [`it is encrypted for ${readers.join(', ')}; to open it: age -d ${key}-o FILE ${path}`]),
  ]
    .map(printable)
    .join('\n');
}
