import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { dumpPath } from '../domain/dump-layout.ts';
import type { Extension, NotCompared } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { runProgram } from '../system/program.ts';
import type { Connection } from './connection.ts';
import { databaseSql } from './database-sql.ts';
import { withProgramEnvironment } from './program-environment.ts';
import { restoreDump, type RestoreResult } from './restore-dump.ts';
import { restoreScript } from './restore-script.ts';
import { stepsOf, type RestoreStep, type TableName } from './restore-steps.ts';
import { createScratchDatabase } from './scratch-database.ts';
import type { Scratch } from './scratch-target.ts';
import { createExtensions, creationScript, needsOtherVersions } from './scratch-extensions.ts';
import { lacksRights } from './scratch-rights.ts';
import { scratchConnection, type ScratchPlace } from './scratch-session.ts';
import { withSession } from './session.ts';
import type { Dump, TocEntry } from './toc.ts';

export interface RestoredDatabase {
  readonly connection: Connection;
  readonly result: RestoreResult;
  /** The locale that this server lacks. */
  readonly locale: NotCompared | null;
}

/**
 * Makes a database with the source's encoding, locale, settings and extension versions, and restores the dump into it, or,
 * as far as its format allows, no more than the rows of these tables. Its roles must exist.
 */
export async function restoreDatabase(
  scratch: Scratch,
  name: string,
  tables?: readonly TableName[],
): Promise<RestoredDatabase> {
  const { server, version, source } = scratch;
  const locale = await createScratchDatabase(server, name, source.properties, version);
  const connection = scratchConnection(scratch, name);
  const result = await fillDatabase(scratch, connection, tables);
  return { connection, locale, result: acquit(scratch, result, locale) };
}

/** Restores the dump, or no more than the rows of these tables, into an empty database. */
export async function fillDatabase(
  scratch: Scratch,
  connection: Connection,
  tables?: readonly TableName[],
): Promise<RestoreResult> {
  return guarded(async () => {
    await applyProperties(scratch, connection);
    return restoreSteps(scratch, connection, await stepsOf(scratch, tables));
  });
}

/** Applies an incremental to its restored full, as a user would; `directory` holds its SQL. */
export async function applyChanges(
  { psql, dump: { signal } }: Scratch,
  target: Connection,
  directory: string,
): Promise<RestoreResult> {
  const script = path.join(directory, dumpPath('plain'));
  return restoreScript({ script, target, psql, extensions: '', signal });
}

/** Where the dump is not to blame for sure, its restore has not failed. */
export function acquit(
  { guest }: ScratchPlace,
  result: RestoreResult,
  locale: NotCompared | null,
): RestoreResult {
  if (result.state !== 'failed') return result;
  // On a server of others our role, and the roles that we make there, may do less than at the source.
  if (guest !== null && lacksRights(result.reason)) return { ...result, state: 'unproven' };
  // Bounds of partitions, checks and unique values may depend on the locale.
  if (locale === null) return result;
  const reason = `${result.reason}; ${locale.what}: ${locale.why}`;
  return { ...result, state: 'unproven', reason };
}

async function guarded(restore: () => Promise<RestoreResult>): Promise<RestoreResult> {
  try {
    return await restore();
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'restore_failed') throw error;
    return { state: 'failed', reason: error.message, warnings: error.detail?.split('\n') ?? [] };
  }
}

/** Before anything is restored, as `pg_restore --create` does: functions may read the database's settings. */
export async function applyProperties(scratch: Scratch, connection: Connection): Promise<void> {
  const args = ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1', '--file=-'];
  const { omitted, source, directory } = scratch;
  const input = omitted
    ? databaseSql(source.properties, omitted)
    : await readFile(path.join(directory, 'verify', 'database.sql'), 'utf8');
  const { signal } = scratch.dump;
  await withProgramEnvironment(connection, { purpose: 'restoring' }, (env) =>
    runProgram(scratch.psql, args, { env, signal, input }),
  ).catch((error: unknown) => {
    if (!(error instanceof BackupError) || error.code !== 'program_failed') throw error;
    throw new BackupError(
      'restore_failed',
      `database.sql cannot be applied: ${firstError(error)}`,
      {
        cause: error,
        ...(error.detail === undefined ? {} : { detail: error.detail }),
      },
    );
  });
}

async function restoreSteps(
  scratch: Scratch,
  target: Connection,
  steps: readonly RestoreStep[],
): Promise<RestoreResult> {
  const { server, source } = scratch;
  const extensions = (await needsOtherVersions(server, source.extensions)) ? source.extensions : [];
  const warnings: string[] = [];
  for (const step of steps) {
    const result =
      'script' in step
        ? await restoreScript({
            ...{ ...step, target, psql: scratch.psql, signal: scratch.dump.signal },
            extensions: await creationScript(server, extensions),
          })
        : await restoreEntries(scratch, target, step, extensions);
    warnings.push(...result.warnings);
    if (result.state !== 'restored') return { ...result, warnings };
  }
  return { state: 'restored', warnings };
}

/** Dumps name no versions of extensions: other ones than this server's default are made before, where their schemas are. */
async function restoreEntries(
  { jobs, omitted, dump: { signal } }: Scratch,
  target: Connection,
  { dump, entries }: { readonly dump: Dump; readonly entries: readonly TocEntry[] },
  extensions: readonly Extension[],
): Promise<RestoreResult> {
  if (extensions.length === 0 || !entries.some(({ text }) => text.startsWith('EXTENSION - ')))
    return restoreDump({ dump, target, jobs, omitted, entries });
  const isSchema = ({ text }: TocEntry) => text.startsWith('SCHEMA - ');
  const common = { dump, target, jobs, omitted };
  const schemas = await restoreDump({ ...common, entries: entries.filter(isSchema) });
  if (schemas.state !== 'restored') return schemas;
  const session = { purpose: 'restoring', signal };
  await withSession(target, session, (client) => createExtensions(client, extensions));
  const rest = entries.filter((entry) => !isSchema(entry));
  return restoreDump({ ...common, entries: rest });
}

function firstError(error: BackupError): string {
  const line = error.detail?.split('\n').find((each) => each.includes('ERROR: '));
  return line?.replace(/^.*ERROR: +/, '') ?? error.message;
}
