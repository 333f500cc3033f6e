import { copyFile } from 'node:fs/promises';
import path from 'node:path';
import type { MadeKind } from '../domain/backup-name.ts';
import {
  dumpPath,
  globalsPath,
  schemaPath,
  type DumpFormat,
  type DumpKind,
} from '../domain/dump-layout.ts';
import { ensurePrivateDirectory } from '../system/files.ts';
import { runProgram } from '../system/program.ts';
import type { Connection } from './connection.ts';
import { dumpArguments, type DumpArguments } from './dump-arguments.ts';
import { dumpFailure } from './dump-failure.ts';
import { reportDumpProgress, untilSchemaIsRead } from './dump-progress.ts';
import type { DumpSource } from './dump-source.ts';
import type { NeededGlobals } from '../domain/needed-roles.ts';
import { dumpGlobals } from './globals.ts';
import { requireSameSchema } from './schema-change.ts';
import { withProgramEnvironment } from './program-environment.ts';
import type { Selection } from './selection.ts';
import { withoutTimeouts } from './timeouts.ts';
import { together } from './together.ts';

export interface DumpFilesOptions {
  readonly connection: Connection;
  readonly applicationName: string;
  readonly source: DumpSource;
  readonly directory: string;
  readonly snapshot: string;
  readonly jobs: number;
  readonly lockTimeoutSeconds: number;
  readonly hasPasswords: boolean;
  readonly neededGlobals: NeededGlobals;
  readonly kind: MadeKind;
  /** Otherwise an attempt is given up when the schema changes while it is read. */
  readonly acceptsSchemaChange: boolean;
  /** A plain dump is made of a directory afterwards. */
  readonly format: DumpFormat;
  readonly selection: Pick<Selection, 'excluded' | 'hasLargeObjects'>;
  readonly stop: AbortController;
  onBytes(progress: { bytes: number; tables: number }): void;
}

export interface DumpFiles {
  readonly roles: readonly string[];
  /** Every line that the programs wrote to standard error. */
  readonly warnings: readonly string[];
}

/** Where pg_dump writes; what becomes plain SQL is a directory first, whose table of contents is kept. */
export function archivePath(directory: string, format: DumpFormat): string {
  return path.join(directory, dumpPath(format === 'custom' ? 'custom' : 'directory'));
}

/** Runs pg_dump and pg_dumpall under the snapshot: the dump and what lies in `verify/`. */
export async function writeDumpFiles(options: DumpFilesOptions): Promise<DumpFiles> {
  const { connection, applicationName, directory, stop, source } = options;
  // pg_dump switches them off itself, pg_dumpall does not.
  const patient = {
    ...connection,
    options: withoutTimeouts(connection.options, source.timeouts),
  };
  await ensurePrivateDirectory(path.join(directory, 'verify'));
  return withProgramEnvironment(patient, { applicationName }, async (environment) => {
    const run = (args: Partial<DumpArguments> & { target: string }): Promise<readonly string[]> =>
      runPgDump(options, environment, args);
    const [globals, before, schema] = await together(stop, [
      dumpGlobals({
        program: source.pgDumpall.path,
        connection,
        environment,
        file: path.join(directory, globalsPath),
        hasPasswords: options.hasPasswords,
        needed: options.neededGlobals,
        signal: stop.signal,
      }),
      run(schemaOnly(directory, 'before')),
      options.kind === 'data_only' ? run(restorableSchema(directory)) : Promise.resolve([]),
    ]);
    const [data, after] =
      options.kind === 'incremental'
        ? await takeSchemaAsItIs(directory)
        : await dumpDataBesideSchema(options, options.kind, run);
    return { roles: globals.roles, warnings: [globals.stderr, before, schema, data, after].flat() };
  });
}

type Run = (args: Partial<DumpArguments> & { target: string }) => Promise<readonly string[]>;

/**
 * Views and functions cannot be locked, so the schema is read before and after pg_dump reads it for the dump. "After" is
 * as soon as pg_dump begins with the rows: from then on it asks for no lock any more, and neither may we, because
 * whoever wants to truncate a table meanwhile queues up behind our locks and in front of any later request of ours.
 */
async function dumpDataBesideSchema(
  options: DumpFilesOptions,
  kind: DumpKind,
  run: Run,
): Promise<[readonly string[], readonly string[]]> {
  const { directory, format, selection, jobs, stop } = options;
  const target = archivePath(directory, format);
  const finished = new AbortController();
  const over = AbortSignal.any([stop.signal, finished.signal]);
  const schemaAfter = async (): Promise<readonly string[]> => {
    await untilSchemaIsRead(target, over);
    stop.signal.throwIfAborted();
    const stderr = await run(schemaOnly(directory, 'after'));
    if (!options.acceptsSchemaChange)
      await requireSameSchema(schemaFile(directory, 'before'), schemaFile(directory, 'after'));
    return stderr;
  };
  const [data, after] = await together<[readonly string[], readonly string[], undefined]>(stop, [
    run({
      ...{ target, kind, jobs },
      format: format === 'custom' ? 'custom' : 'directory',
      excludeTableData: selection.excluded,
      largeObjects: selection.hasLargeObjects,
    }).finally(() => finished.abort()),
    schemaAfter(),
    reportDumpProgress(target, over, (progress) => options.onBytes(progress)),
  ]);
  return [data, after];
}

/** An incremental writes what differs in the text that was read: there is no second reading that could be another one. */
async function takeSchemaAsItIs(
  directory: string,
): Promise<[readonly string[], readonly string[]]> {
  await copyFile(schemaFile(directory, 'before'), schemaFile(directory, 'after'));
  return [[], []];
}

function schemaFile(directory: string, when: 'before' | 'after'): string {
  return path.join(directory, 'verify', `schema-${when}.sql`);
}

function schemaOnly(
  directory: string,
  when: 'before' | 'after',
): Partial<DumpArguments> & { target: string } {
  return {
    target: schemaFile(directory, when),
    kind: 'schema_only',
    format: 'plain',
  };
}

/** Rows alone cannot be restored: their test restore needs the tables, and makes keys and triggers after the rows. */
function restorableSchema(directory: string): Partial<DumpArguments> & { target: string } {
  return { target: path.join(directory, schemaPath), kind: 'schema_only' };
}

async function runPgDump(
  { connection, source, snapshot, lockTimeoutSeconds, stop }: DumpFilesOptions,
  environment: Record<string, string>,
  args: Partial<DumpArguments> & { target: string },
): Promise<readonly string[]> {
  const line = dumpArguments({ snapshot, lockTimeoutSeconds, ...args });
  try {
    const options = { env: environment, signal: stop.signal, hasChildren: true };
    return (await runProgram(source.pgDump.path, line, options)).stderr;
  } catch (error) {
    throw dumpFailure(error, 'pg_dump', connection);
  }
}
