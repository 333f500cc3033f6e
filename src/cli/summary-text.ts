import { parseBackupId } from '../domain/backup-name.ts';
import type { BackupSummary, Timings } from '../domain/backup.ts';
import { formatBytes, formatContents, formatCount, formatSeconds } from '../domain/format.ts';
import { formatTime } from './format-time.ts';
import type { Output } from './output.ts';
import { formatFields } from './table.ts';

/** Prints what became of backups: one as an object, several as an array. */
export function summariesResult(
  output: Output,
  summaries: readonly BackupSummary[],
  timeZone: string,
): void {
  const [only, ...others] = summaries;
  const value = only !== undefined && others.length === 0 ? only : summaries;
  output.result(value, () => summariesText(summaries, timeZone));
}

/** All about backups, one block each. */
export function summariesText(summaries: readonly BackupSummary[], timeZone: string): string {
  return summaries.map((summary) => summaryText(summary, timeZone)).join('\n\n');
}

/** All about one backup, a line for each fact. */
export function summaryText(summary: BackupSummary, timeZone: string): string {
  const { id, database, kind, module, state, base, changes, reason, artifact, copies } = summary;
  const time = parseBackupId(id)?.time;
  const fields: [string, string | null][] = [
    ['backup', id],
    ['state', state],
    ['reason', reason],
    ['database', database],
    ['kind', module === null ? kind : `${kind}, module '${module}'`],
    ['base', base],
    [
      'changed',
      changes && `${formatCount(changes.rows, 'row')} in ${formatCount(changes.tables, 'table')}`,
    ],
    ['triggered', time === undefined ? null : formatTime(time, timeZone)],
    ['artifact', artifact?.path ?? null],
    ['size', artifact && formatBytes(artifact.bytes)],
    ['sha256', artifact?.sha256 ?? null],
    ...copies.map(({ destination, state: copyState, uri }): [string, string] => [
      'copy',
      `${destination}: ${copyState}, ${uri}`,
    ]),
    ['hold', holdText(summary, timeZone)],
    ['proof', proofText(summary)],
    ['timings', timingsText(summary.timings)],
  ];
  return formatFields(
    fields.filter((field): field is [string, string] => field[1] !== null && field[1] !== ''),
  );
}

function holdText({ hold }: BackupSummary, timeZone: string): string | null {
  if (!hold) return null;
  const why = hold.reason === null ? '' : `: ${hold.reason}`;
  return `by ${hold.by}, since ${formatTime(new Date(hold.at), timeZone)}${why}`;
}

function proofText({ proof }: BackupSummary): string | null {
  if (!proof) return null;
  const { state, seconds, reason } = proof;
  const why = reason === null ? '' : `: ${reason}`;
  return `${state}${why}; ${comparedText(proof)}, in ${formatSeconds(seconds)}`;
}

/** `2 tables, 1400 rows, 0 mismatches` */
export function comparedText(
  found: Readonly<Record<'tables' | 'rows' | 'mismatches', number>>,
): string {
  return `${formatContents(found)}, ${formatCount(found.mismatches, 'mismatch', 'mismatches')}`;
}

function timingsText(timings: Timings): string {
  return Object.entries(timings)
    .filter((entry): entry is [string, number] => entry[1] !== null)
    .map(([name, seconds]) => `${name} ${formatSeconds(seconds)}`)
    .join(', ');
}
