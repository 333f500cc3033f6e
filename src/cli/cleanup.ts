import type { CleanupInput, CleanupResult, DecidedCopies } from '../domain/cleanup.ts';
import { formatBytes, formatCount } from '../domain/format.ts';
import { cleanUp } from '../service/clean-up.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { following } from './follow.ts';
import { formatTable, printable } from './table.ts';

/** `cleanup [database]`: deletes what is expired. */
export const cleanupCommand: DefineCommand = (program, perform) => {
  program
    .command('cleanup')
    .description('delete the backups that retention does not keep')
    .argument('[database]', 'name in the settings; all when left out')
    .option('--dry-run', 'say what would be deleted and why, and delete nothing')
    .option('--force', 'go on where more than half of a series would go, or the clock is behind')
    .action((database: string | undefined, options: Omit<CleanupInput, 'database'>) =>
      perform((session) =>
        clean(session, { ...options, ...(database === undefined ? {} : { database }) }),
      ),
    );
};

async function clean(session: Session, input: CleanupInput): Promise<number> {
  const { output } = session;
  return withWorld(session, { temporal: true, worker: true }, async (world) => {
    const result = await following(session, (watch) => cleanUp(world, input, watch));
    output.result(result, () => resultText(result));
    const { dryRun, refused, stops, lostHosts } = result;
    const left = refused.length + stops.length + lostHosts.length;
    return left > 0 && !dryRun ? exitStatuses.failed : exitStatuses.done;
  });
}

function resultText(result: CleanupResult): string {
  const { dryRun, deleted, kept, refused, stops, lostHosts } = result;
  return [
    ...(dryRun ? [copiesText(kept), copiesText(wouldBe(deleted))] : [copiesText(deleted)]),
    copiesText({ count: refused.length, bytes: 0, copies: refused }),
    [
      ...stops.map(({ database, series, reason }) => `stopped: ${database}, ${series}: ${reason}`),
      ...(stops.length > 0 ? [`hint: if that is what you want, repeat it with --force`] : []),
      ...lostHosts.map((host) => `host ${host} does not answer: its expired copies stay`),
    ]
      .map(printable)
      .join('\n'),
    `${dryRun ? 'would delete' : 'deleted'} ${copies(deleted)}, ${formatBytes(deleted.bytes)}; ${dryRun ? 'would keep' : 'kept'} ${copies(kept)}`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function wouldBe(deleted: DecidedCopies): DecidedCopies {
  const copies = deleted.copies.map((copy) => ({
    ...copy,
    reason: copy.reason.replace(/^deleted/, 'would be deleted'),
  }));
  return { ...deleted, copies };
}

function copies({ count }: DecidedCopies): string {
  return formatCount(count, 'copy', 'copies');
}

function copiesText({ count, copies: listed }: DecidedCopies): string {
  if (count === 0) return '';
  const table = formatTable(listed, [
    { title: 'BACKUP', of: ({ backup }) => backup },
    {
      title: 'WHERE',
      of: ({ destination, host }) => (host === null ? destination : `${destination} of ${host}`),
    },
    { title: 'SIZE', align: 'right', of: ({ bytes }) => formatBytes(bytes) },
    { title: 'DECISION', of: ({ reason }) => reason },
  ]);
  return count > listed.length ? `${table}\nand ${count - listed.length} more` : table;
}
