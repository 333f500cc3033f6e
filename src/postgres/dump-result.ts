import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import {
  contentsPath,
  dumpPath,
  restoreListPath,
  triggersPath,
  type DumpFormat,
} from '../domain/dump-layout.ts';
import type { TransactionMark } from '../domain/incremental/base.ts';
import type { CarriedChanges, SourceReading } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { removeTree, writeFileDurably } from '../system/files.ts';
import { runPipeline } from '../system/pipeline.ts';
import { databaseSql } from './database-sql.ts';
import { archivePath, type DumpFiles } from './dump-files.ts';
import type { Contents } from './dump-reading.ts';
import type { DumpSource } from './dump-source.ts';
import { unknownWarnings } from './dump-warnings.ts';
import { fingerprintAlgorithm } from './fingerprint.ts';
import { writeBase, type Base } from './incremental/base-file.ts';
import type { Changes } from './incremental/changes.ts';
import type { View } from './incremental/database-facts.ts';
import { finishChanges } from './incremental/write-changes.ts';
import { changesFile, readTexts, type TablesReading } from './read-tables.ts';
import type { DumpContent, Selection } from './selection.ts';
import { readToc, withoutLeftOut } from './toc.ts';

/** All that was dumped and read; the source is not needed any more. */
export interface Dumped {
  readonly snapshotAt: string;
  readonly selection: Selection;
  readonly files: DumpFiles;
  readonly contents: Contents;
  readonly reading: TablesReading;
  readonly sequences: SourceReading['sequences'];
  /** null: no incrementals will follow. */
  readonly mark: TransactionMark | null;
  /** Modes of triggers as SQL, for data that come into a schema which has them; null: not needed. */
  readonly triggers: string | null;
}

export interface ResultOptions {
  readonly directory: string;
  readonly source: DumpSource;
  readonly content: DumpContent;
  readonly format: DumpFormat;
  /** The full's or the incremental's id. */
  readonly run: string;
  readonly baseFile?: string;
  readonly increment?: Base;
  readonly signal: AbortSignal;
}

/** Brings the dump into its form and writes `verify/`. `source.json` is written last: where it is, the dump is whole. */
export async function finishDump(options: ResultOptions, dumped: Dumped): Promise<SourceReading> {
  const { directory, content, format, increment } = options;
  if (content.module && !increment) await writeRestoreList(options, dumped.selection);
  if (increment) await endChanges(options, increment, dumped);
  const warnings = format === 'plain' && !increment ? await writePlain(options) : [];
  await endBase(options, dumped);
  if (dumped.triggers !== null)
    await writeFileDurably(path.join(directory, triggersPath), dumped.triggers);
  return writeReading(options, dumped, warnings);
}

async function endChanges(
  { directory }: ResultOptions,
  { facts: base }: Base,
  { reading: { changes }, sequences }: Dumped,
): Promise<void> {
  if (!changes) throw new BackupError('internal', 'the changes were not looked for');
  const { found, views } = changes;
  await finishChanges({ file: changesFile(directory), base, changes: found, sequences, views });
}

/** The base is complete before the backup is: without its backup it is nothing. */
async function endBase(
  { directory, baseFile, run: backup }: ResultOptions,
  { reading: { base }, sequences, mark }: Dumped,
): Promise<void> {
  if (!base || baseFile === undefined) return;
  const facts = {
    ...{ ...base.facts, ...(await readTexts(directory)), sequences },
    ...(mark === null ? {} : { mark }),
  };
  await writeBase(baseFile, { formatVersion: 1, backup, ...facts }, base.buckets);
}

async function writeRestoreList(options: ResultOptions, { leftOut }: Selection): Promise<void> {
  const { directory, format, source, signal } = options;
  const archive = archivePath(directory, format);
  const toc = await readToc({ program: source.pgRestore.path, archive, signal });
  const lines = withoutLeftOut(toc, leftOut).map(({ line }) => `${line}\n`);
  await writeFileDurably(path.join(directory, restoreListPath), lines.join(''));
}

/**
 * Makes one SQL script of the dump, as pg_dump itself would. Of the directory only the table of contents stays: the values
 * of sequences, for one, are known from there. A script cannot do without tablespaces later, so it names none.
 */
async function writePlain(options: ResultOptions): Promise<string[]> {
  const { directory, content, source, signal } = options;
  const script = path.join(directory, dumpPath('plain'));
  const archive = archivePath(directory, 'plain');
  await writeFileDurably(script, '\\set ON_ERROR_STOP on\n');
  const convert = [
    ...[source.pgRestore.path, '--no-tablespaces', '--file=-'],
    ...(content.module ? [`--use-list=${path.join(directory, restoreListPath)}`] : []),
    ...(content.kind === 'data_only' ? ['--data-only', '--disable-triggers'] : []),
    archive,
  ];
  const append = ['dd', `of=${script}`, 'bs=1M', 'oflag=append', 'conv=notrunc', 'status=none'];
  const warnings: string[] = [];
  const onStderrLine = (line: string): boolean => warnings.push(line) < 0;
  await runPipeline([convert, append], { signal, onStderrLine }).catch(asDumpFailure);
  const toc = path.join(directory, contentsPath('plain'));
  await mkdir(toc, { mode: 0o700 });
  await rename(path.join(archive, 'toc.dat'), path.join(toc, 'toc.dat'));
  await removeTree(archive);
  return warnings;
}

function asDumpFailure(error: unknown): never {
  if (!(error instanceof BackupError) || error.code !== 'program_failed') throw error;
  throw new BackupError('dump_failed', `the dump cannot be written as SQL: ${error.message}`, {
    cause: error,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
  });
}

function filledOf(views: readonly View[]): NonNullable<SourceReading['filledViews']> {
  return views.filter(({ filled }) => filled).map(({ schema, name }) => ({ schema, name }));
}

function carried({ tables }: Changes): CarriedChanges {
  return {
    tables: tables.filter(({ was, dirty }) => was === null || dirty.length > 0).length,
    rows: tables.reduce((sum, { freshRows }) => sum + freshRows, 0),
  };
}

async function writeReading(
  options: ResultOptions,
  dumped: Dumped,
  more: readonly string[],
): Promise<SourceReading> {
  const { source, directory, content, format, increment } = options;
  const { selection, snapshotAt, files, contents, sequences } = dumped;
  const { changes } = dumped.reading;
  const warnings = [...files.warnings, ...more];
  const reading: SourceReading = {
    formatVersion: 1,
    ...{ fingerprintAlgorithm, snapshotAt },
    server: source.server,
    dump: {
      ...{ kind: increment ? ('incremental' as const) : content.kind, format },
      ...(increment ? { base: increment.facts.backup } : {}),
      module: content.module?.name ?? null,
      leftOut: selection.leftOut,
    },
    ...contents,
    ...(changes ? { changes: carried(changes.found), filledViews: filledOf(changes.views) } : {}),
    sequences,
    roles: files.roles,
    warnings,
    unknownWarnings: unknownWarnings(warnings),
    tools: { pgDump: source.pgDump.version },
  };
  const verify = path.join(directory, 'verify');
  await writeFileDurably(path.join(verify, 'database.sql'), databaseSql(contents.properties));
  await writeFileDurably(path.join(verify, 'source.json'), `${JSON.stringify(reading, null, 2)}\n`);
  return reading;
}
