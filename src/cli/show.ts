import { Option } from 'commander';
import { isUsable, type BackupSummary } from '../domain/backup.ts';
import type { Proof } from '../domain/proof.ts';
import type { ShownBackup } from '../service/show-backup.ts';
import { proofReport } from '../service/report/proof-report.ts';
import { reportTexts, type ReportLanguage } from '../service/report/texts.ts';
import { showBackup } from '../service/show-backup.ts';
import type { DefineCommand, Session } from './command.ts';
import { withWorld } from './command.ts';
import { exitStatuses } from './exit-status.ts';
import { restoreText } from './restore-text.ts';
import { summaryText } from './summary-text.ts';
import { formatTable, printable } from './table.ts';

/** `show ID`: all about one backup. */
export const showCommand: DefineCommand = (program, perform) => {
  program
    .command('show')
    .description('show one backup: its copies, its proof and how to restore it by hand')
    .argument('<id>', `a backup's id, or 'latest'`)
    .option('--database <name>', 'whose latest')
    .option('--tables', 'with the proof of every table')
    .addOption(
      new Option('--html <language>', 'a report for auditors, as a page').choices(languages),
    )
    .action((backup: string, { tables = false, html, ...options }: Options) =>
      perform((session) => show(session, { backup, ...options }, { tables, html })),
    );
};

interface Options {
  readonly database?: string;
  readonly tables?: boolean;
  readonly html?: ReportLanguage;
}

const languages = Object.keys(reportTexts);

async function show(
  session: Session,
  request: { backup: string; database?: string },
  { tables, html }: { readonly tables: boolean; readonly html: ReportLanguage | undefined },
): Promise<number> {
  const { context, output } = session;
  return withWorld(session, { temporal: false, worker: false }, async (world) => {
    const shown = await showBackup(world, request);
    const value = tables ? { ...shown.summary, tables: shown.proof?.tables ?? [] } : shown.summary;
    output.result(value, () =>
      html === undefined
        ? showText(shown, tables, context.settings().timeZone)
        : proofReport(shown, html),
    );
    return exitStatuses.done;
  });
}

function showText(
  { summary, proof, manifest }: ShownBackup,
  tables: boolean,
  timeZone: string,
): string {
  const file = summary.artifact?.path;
  return [
    summaryText(summary, timeZone),
    proof ? remarksText(proof) : '',
    tables && proof ? tablesText(proof) : '',
    file === undefined ? '' : howToRestore(summary, file, manifest?.artifact.readers),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function howToRestore(
  summary: BackupSummary,
  file: string,
  readers: readonly string[] | undefined,
): string {
  if (summary.copies.some(isUsable)) return restoreText(summary, file, readers);
  return 'It can no longer be restored: none of its copies is good.';
}

function tablesText({ tables }: Proof): string {
  return formatTable(tables, [
    { title: 'TABLE', of: ({ schema, table }) => `${schema}.${table}` },
    { title: 'ROWS', align: 'right', of: ({ expected }) => String(expected.rows) },
    { title: 'RESTORED', align: 'right', of: ({ restored }) => String(restored?.rows ?? '-') },
    { title: 'FINGERPRINT', align: 'right', of: ({ expected }) => expected.hash },
    { title: 'EQUAL', of: ({ equal }) => (equal ? 'yes' : 'NO') },
  ]);
}

/** Everything that a reader of the word 'proven' must know besides. */
function remarksText(proof: Proof): string {
  const { otherDifferences, schemaObjects, notCompared, warnings, firstDifferences } = proof;
  return [
    ...schemaObjects.differences.map(({ entry, problem }) => `differs: ${entry} (${problem})`),
    ...otherDifferences.map((line) => `differs: ${line}`),
    ...firstDifferences.map(({ table, keys }) => `rows differ: ${table}, keys ${keys.join(', ')}`),
    ...notCompared.map(({ what, why }) => `not compared: ${what} (${why})`),
    ...warnings.map((line) => `warning: ${line}`),
  ]
    .map(printable)
    .join('\n');
}
