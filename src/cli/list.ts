import { InvalidArgumentError, Option } from 'commander';
import { storedKinds, parseBackupId, type BackupKind } from '../domain/backup-name.ts';
import { backupStates, type BackupState, type BackupSummary } from '../domain/backup.ts';
import { familiesOf } from '../domain/families.ts';
import { formatBytes } from '../domain/format.ts';
import { listBackups } from '../service/list-backups.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { inZone } from './format-time.ts';
import { formatTable } from './table.ts';

/** `list`: what backups there are, newest first. */
export const listCommand: DefineCommand = (program, perform) => {
  program
    .command('list')
    .description('list backups, newest first')
    .option('--database <name>', 'only of this database')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices(storedKinds))
    .option('--module <module>', 'only of this module')
    .addOption(new Option('--state <state>', 'only in this state').choices(backupStates))
    .option('--limit <number>', 'at most so many', wholeNumber)
    .action((filter: Filter) => perform((session) => list(session, filter)));
};

interface Filter {
  readonly database?: string;
  readonly kind?: BackupKind;
  readonly module?: string;
  readonly state?: BackupState;
  readonly limit?: number;
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Expected a whole number.');
}

async function list(session: Session, { state, ...filter }: Filter): Promise<number> {
  const { context, output } = session;
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const backups = await listBackups(world, {
      ...filter,
      ...(state === undefined ? {} : { states: [state] }),
    });
    output.result(backups, () => listText(backups, context.settings().timeZone));
    return exitStatuses.done;
  });
}

function listText(backups: readonly BackupSummary[], timeZone: string): string {
  if (backups.length === 0) return 'no backups';
  // An incremental is worth nothing without its full: it stands below it.
  const families = familiesOf(backups).flatMap(({ head, incrementals }) => [
    { ...head, name: head.id },
    ...incrementals.map((each) => ({ ...each, name: `  ${each.id}` })),
  ]);
  return formatTable(families, [
    { title: 'BACKUP (UTC)', of: ({ name }) => name },
    { title: `TIME (${timeZone})`, of: ({ id }) => localTime(id, timeZone) },
    { title: 'STATE', of: ({ state, hold }) => (hold ? `${state}, on hold` : state) },
    { title: 'SIZE', align: 'right', of: ({ artifact }) => sizeText(artifact) },
    { title: 'ROWS', align: 'right', of: ({ proof }) => String(proof?.rows ?? '') },
    { title: 'CHANGED', align: 'right', of: ({ changes }) => String(changes?.rows ?? '') },
    {
      title: 'COPIES',
      of: ({ copies }) => copies.map((copy) => `${copy.destination} ${copy.state}`).join(', '),
    },
    { title: 'REASON', of: ({ reason }) => reason ?? '' },
  ]);
}

function localTime(id: string, timeZone: string): string {
  const time = parseBackupId(id)?.time;
  return time === undefined ? '' : inZone(time, timeZone);
}

function sizeText(artifact: BackupSummary['artifact']): string {
  return artifact === null ? '' : formatBytes(artifact.bytes);
}
