import path from 'node:path';
import type pg from 'pg';
import type { NotCompared, SourceReading } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { runProgram } from '../system/program.ts';
import type { Connection } from './connection.ts';
import { withProgramEnvironment } from './program-environment.ts';
import { restoreDump, type RestoreResult } from './restore-dump.ts';
import { createScratchDatabase } from './scratch-database.ts';
import { createExtensions, needsOtherVersions } from './scratch-extensions.ts';
import { lacksRights } from './scratch-rights.ts';
import { scratchConnection, type ScratchPlace } from './scratch-session.ts';
import { withSession } from './session.ts';
import { readToc, type Dump, type TocEntry } from './toc.ts';

/** The scratch server with what is restored into it. */
export interface Scratch extends ScratchPlace {
  /** A session there. */
  readonly server: pg.Client;
  readonly psql: string;
  /** The directory that holds `dump/` and `verify/`. */
  readonly directory: string;
  readonly dump: Dump;
  readonly source: SourceReading;
  readonly jobs: number;
}

export interface RestoredDatabase {
  readonly connection: Connection;
  readonly result: RestoreResult;
  /** The locale that this server lacks. */
  readonly locale: NotCompared | null;
}

/**
 * Makes a database with the source's encoding, locale, settings and extension versions, and restores the dump into it, or
 * these of its entries. Its roles must exist.
 */
export async function restoreDatabase(
  scratch: Scratch,
  name: string,
  chosen?: readonly TocEntry[],
): Promise<RestoredDatabase> {
  const { server, version, source } = scratch;
  const locale = await createScratchDatabase(server, name, source.properties, version);
  const connection = scratchConnection(scratch, name);
  const result = await guarded(async () => {
    await applyProperties(scratch, connection);
    return restoreEntries(scratch, connection, chosen);
  });
  return { connection, locale, result: acquit(scratch, result, locale) };
}

/** Where the dump is not to blame for sure, its restore has not failed. */
function acquit(
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
async function applyProperties(scratch: Scratch, connection: Connection): Promise<void> {
  const args = ['--no-psqlrc', '--quiet', '--no-password', '--set=ON_ERROR_STOP=1'];
  const file = path.join(scratch.directory, 'verify', 'database.sql');
  const { signal } = scratch.dump;
  await withProgramEnvironment(connection, { applicationName: 'pma-backup: restoring' }, (env) =>
    runProgram(scratch.psql, [...args, `--file=${file}`], { env, signal }),
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

/** Dumps name no versions of extensions: other ones than this server's default are made before, where their schemas are. */
async function restoreEntries(
  { dump, jobs, server, source }: Scratch,
  target: Connection,
  chosen: readonly TocEntry[] | undefined,
): Promise<RestoreResult> {
  const entries = chosen ?? (await readToc(dump));
  if (!(await needsOtherVersions(server, source.extensions)))
    return restoreDump({ dump, target, jobs, entries });
  const isSchema = ({ text }: TocEntry) => text.startsWith('SCHEMA - ');
  const schemas = await restoreDump({ dump, target, jobs, entries: entries.filter(isSchema) });
  if (schemas.state !== 'restored') return schemas;
  await withSession(
    target,
    { applicationName: 'pma-backup: restoring', signal: dump.signal },
    (client) => createExtensions(client, source.extensions),
  );
  const rest = entries.filter((entry) => !isSchema(entry));
  return restoreDump({ dump, target, jobs, entries: rest });
}

function firstError(error: BackupError): string {
  const line = error.detail?.split('\n').find((each) => each.includes('ERROR: '));
  return line?.replace(/^.*ERROR: +/, '') ?? error.message;
}
