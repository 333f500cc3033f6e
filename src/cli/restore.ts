import { formatBytes, formatContents, formatSeconds } from '../domain/format.ts';
import type { RestorePreview, RestoreSummary } from '../domain/restore.ts';
import { BackupError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { previewRestore, restoreBackup, type RestoreRequest } from '../service/restore-backup.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses, proofExitStatus } from './exit-status.ts';
import { following } from './follow.ts';
import { formatTime } from './format-time.ts';
import { comparedText } from './summary-text.ts';
import { formatFields, printable } from './table.ts';

interface Options {
  readonly to: string;
  readonly database?: string;
  readonly at?: string;
  readonly create?: boolean;
  readonly clean?: boolean;
  readonly table?: readonly string[];
  readonly owner: boolean;
  readonly privileges: boolean;
  readonly roles?: boolean;
  readonly jobs?: string;
  readonly passwordPrompt?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `restore ID|latest --to NAME|URL`: brings a database back. */
export const restoreCommand: DefineCommand = (program, perform) => {
  program
    .command('restore')
    .description('restore a backup into a database, and compare it with what the source held')
    .argument('<backup>', `a backup's id, or 'latest'`)
    .requiredOption('--to <target>', 'a database of the settings, or a URL without a password')
    .option('--database <name>', 'whose latest; needed when there are several databases')
    .option('--at <time>', 'with latest: the newest recovery point that is not after this time')
    .option('--create', 'make the database')
    .option('--clean', 'replace what is there: the database, which is kept, or the rows of tables')
    .option('--table <table>', 'only this table, schema.table; may be given again', collect)
    .option('--no-owner', 'what is restored belongs to the role that restores')
    .option('--no-privileges', 'restore no grants')
    .option('--roles', 'make the roles that are missing there')
    .option('--jobs <number>', 'tables that are restored at the same time')
    .option('--password-prompt', 'ask for the password of the target')
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--yes', 'replace without asking')
    .action((backup: string, options: Options) =>
      perform((session) => restore(session, backup, options)),
    );
};

function collect(table: string, before: readonly string[] = []): readonly string[] {
  return [...before, table];
}

async function restore(session: Session, backup: string, options: Options): Promise<number> {
  const { context, output } = session;
  const request = await requestOf(session, backup, options);
  if (options.clean && !options.yes && !options.dryRun && !context.person)
    throw new BackupError('usage', 'nobody is there to confirm that the database is replaced', {
      hint: 'say --yes',
    });
  return withWorld(session, { temporal: true, worker: true }, async (world) => {
    const { timeZone } = context.settings();
    if (options.dryRun) {
      const preview = await following(session, (watch) => previewRestore(world, request, watch));
      output.result(preview, () => previewText(preview, timeZone));
      return preview.obstacles.length === 0 ? exitStatuses.done : exitStatuses.failed;
    }
    const confirm = async (preview: RestorePreview) => {
      output.say(previewText(preview, timeZone));
      const asks = preview.replaces !== null && preview.obstacles.length === 0 && !options.yes;
      return !asks || confirmed(session, preview);
    };
    const summary = await following(session, (watch) =>
      restoreBackup(world, request, { ...watch, confirm }),
    );
    output.result(summary, () => summaryText(summary));
    return proofExitStatus(summary.state);
  });
}

async function confirmed({ context }: Session, { replaces }: RestorePreview): Promise<boolean> {
  const database = replaces?.database ?? '';
  const answer = await context.person?.ask(
    `type the name of the database, '${database}', to replace it: `,
  );
  return answer?.trim() === database;
}

async function requestOf(
  { context }: Session,
  backup: string,
  { to, table, owner, privileges, jobs, passwordPrompt, ...options }: Options,
): Promise<RestoreRequest> {
  const { database, at, create, clean, roles } = options;
  const request = {
    ...{ backup, target: to, noOwner: !owner, noPrivileges: !privileges },
    ...(database === undefined ? {} : { database }),
    ...(at === undefined ? {} : { at }),
    ...(create && { create }),
    ...(clean && { clean }),
    ...(roles && { roles }),
    ...(table && { tables: table }),
    ...(jobs === undefined ? {} : { jobs: Number(jobs) }),
  };
  if (!passwordPrompt) return request;
  return {
    ...request,
    password: new Secret(await context.readPassword(`password for the target: `)),
  };
}

function previewText(preview: RestorePreview, timeZone: string): string {
  const { backup, incremental, snapshotAt, target, action, bytes } = preview;
  const lines: [string, string][] = [
    ['restore', incremental === null ? backup : `${backup} and ${incremental}`],
    ['as of', formatTime(new Date(snapshotAt), timeZone)],
    ['to', target],
    ['there', action],
    ...replacedLine(preview),
    ['writes', `${sizeOf(bytes)}${formatContents(preview)}`],
    ...preview.missingRoles.map((role): [string, string] => ['missing', `role '${role}'`]),
    ...preview.missingExtensions.map((line): [string, string] => ['missing', line]),
  ];
  return formatFields(lines);
}

function sizeOf(bytes: number | null): string {
  return bytes === null ? '' : `${formatBytes(bytes)}, indexes on top; `;
}

function replacedLine({ replaces }: RestorePreview): [string, string][] {
  if (!replaces) return [];
  const { database, bytes, keptAs } = replaces;
  if (keptAs === null) return [['replaces', `rows in '${database}', which are not kept`]];
  return [['replaces', `'${database}', ${formatBytes(bytes)}; drop '${keptAs}' when all is well`]];
}

function summaryText(summary: RestoreSummary): string {
  const { backup, target, keptAs, state, reason, seconds } = summary;
  const fields: [string, string][] = [
    ['restored', backup],
    ['to', target],
    ['proof', state],
    ...(reason === null ? [] : ([['reason', reason]] as [string, string][])),
    ['compared', comparedText(summary)],
    ...(keptAs === null
      ? []
      : ([['kept', `the old database, as '${keptAs}'`]] as [string, string][])),
    ['took', formatSeconds(seconds)],
  ];
  const remarks = [
    ...summary.notCompared.map(({ what, why }) => `not compared: ${what} (${why})`),
    ...summary.warnings.map((line) => `warning: ${line}`),
  ];
  return [formatFields(fields), ...remarks.map(printable)].join('\n');
}
