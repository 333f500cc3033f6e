import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import type { Proof } from '../domain/proof.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { compareWithSource, noFindings, type Findings } from './findings.ts';
import { findFirstDifferences } from './first-differences.ts';
import { fingerprintAlgorithm } from './fingerprint.ts';
import { findClientProgram } from './programs.ts';
import { restoreDatabase, type RestoredDatabase } from './restored-database.ts';
import { readRestored } from './restored-reading.ts';
import { describeScratch, type Scratch } from './scratch-target.ts';
import { dropScratchDatabase } from './scratch-database.ts';
import { missingExtension } from './scratch-extensions.ts';
import { createGuestRoles } from './guest-roles.ts';
import { isAboutRights } from './scratch-rights.ts';
import { createRoles, dropRoles, listRoles } from './scratch-roles.ts';
import {
  lookAround,
  scratchConnection,
  scratchName,
  type ScratchPlace,
} from './scratch-session.ts';
import { withSession } from './session.ts';
import { toProof, type Outcome } from './verdict.ts';

export interface ProofProgress {
  readonly step: string;
  /** Size of the scratch database. */
  readonly bytes: number;
  /** Compared so far. */
  readonly tables: number;
  readonly totalTables: number | null;
}

export interface ProveOptions {
  /** The backup's id. */
  readonly backup: string;
  /** Holds the dump and `verify/`. */
  readonly directory: string;
  /** Superuser, database `postgres`, of a private scratch server; with `guest` any role on a server of others. */
  readonly scratch: Connection;
  /** From `withSharedScratch`, which also removes what we make there. */
  readonly guest?: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  onProgress(progress: ProofProgress): void;
  /** Leaves the restored database where it is. */
  readonly keep?: boolean;
  /** The tests' seam: damages what was restored before it is compared. */
  beforeComparing?(client: pg.Client): Promise<void>;
}

/**
 * Restores a dump on a scratch server and compares everything with what the source held. What is wrong with the backup is
 * the proof's state; what is wrong with us or the scratch server is thrown, and when aborted the signal's reason.
 */
export async function proveDump(options: ProveOptions): Promise<Proof> {
  const startedAt = new Date();
  const source = await readSource(options.directory);
  const session = { applicationName: 'pma-backup: proving', signal: options.signal };
  return withSession(options.scratch, session, async (server) => {
    const { scratch, guest = null } = options;
    const place = await lookAround(server, { connection: scratch, guest });
    const outcome = await examine({ options, source, server, place });
    return toProof(options.backup, startedAt, place.version, source, outcome);
  });
}

interface Examination {
  readonly options: ProveOptions;
  readonly source: SourceReading;
  readonly server: pg.Client;
  readonly place: ScratchPlace;
}

async function readSource(directory: string): Promise<SourceReading> {
  const file = path.join(directory, 'verify', 'source.json');
  try {
    return JSON.parse(await readFile(file, 'utf8')) as SourceReading;
  } catch (error) {
    throw new BackupError('artifact_corrupted', `'${file}' cannot be read`, { cause: error });
  }
}

async function examine(examination: Examination): Promise<Outcome> {
  const { source, server, options, place } = examination;
  const obstacle = await findObstacle(examination);
  if (obstacle !== null) return nothingCompared(source, 'unproven', obstacle);
  const existing = await listRoles(server);
  const globals = await readFile(path.join(options.directory, 'verify', 'globals.sql'), 'utf8');
  const isGuest = place.guest !== null;
  try {
    const notMade = isGuest
      ? await createGuestRoles(server, { globals, existing, place })
      : await createRoles(server, globals, existing);
    const outcome = await restoreAndCompare(examination, isGuest ? null : existing);
    if (!options.keep && !isGuest) await dropRoles(server, existing);
    const notCompared = [...outcome.findings.notCompared, ...notMade];
    return { ...outcome, findings: { ...outcome.findings, notCompared } };
  } catch (error) {
    return endOf(error, examination);
  }
}

/** What an error says about the backup; one that says nothing about it is thrown. */
function endOf(error: unknown, { source, place }: Examination): Outcome {
  if (!(error instanceof BackupError)) throw error;
  if (place.guest !== null && isAboutRights(error))
    return nothingCompared(source, 'unproven', error.message);
  if (error.code !== 'restore_failed') throw error;
  return nothingCompared(source, 'failed', error.message);
}

/** What this scratch server cannot do, whatever the dump is like. */
async function findObstacle({ source, server, place }: Examination): Promise<string | null> {
  const { version } = place;
  if (major(version) < major(source.server.version))
    return `the scratch server ${major(version)} is older than the source ${major(source.server.version)}`;
  if (source.fingerprintAlgorithm !== fingerprintAlgorithm)
    return `its fingerprints are of kind '${source.fingerprintAlgorithm}', this version compares '${fingerprintAlgorithm}'`;
  return missingExtension(server, source.extensions);
}

function nothingCompared(
  source: SourceReading,
  state: 'failed' | 'unproven',
  reason: string,
  warnings: readonly string[] = [],
): Outcome {
  return { findings: noFindings(source), ending: { state, reason }, warnings };
}

async function restoreAndCompare(
  examination: Examination,
  existing: readonly string[] | null,
): Promise<Outcome> {
  const { options, source, server, place } = examination;
  const scratch = await describeScratch({ ...options, source, server, place });
  const name = scratchName(place, 'proof');
  const size = watchSize(server, name, (bytes) => report(options, { step: 'restoring', bytes }));
  try {
    const restored = await restoreDatabase(scratch, name).finally(() => size.stop());
    const { result } = restored;
    if (result.state !== 'restored')
      return nothingCompared(source, result.state, result.reason, result.warnings);
    return await compare({ ...examination, scratch, restored, existing, bytes: size.last() });
  } finally {
    if (!options.keep && !options.signal.aborted)
      await dropScratchDatabase(server, scratchConnection(place, name));
  }
}

interface Comparison extends Examination {
  readonly scratch: Scratch;
  readonly restored: RestoredDatabase;
  /** null: roles are not compared. */
  readonly existing: readonly string[] | null;
  readonly bytes: number;
}

async function compare(comparison: Comparison): Promise<Outcome> {
  const { options, restored } = comparison;
  const session = { applicationName: 'pma-backup: comparing', signal: options.signal };
  return withSession(restored.connection, session, (one) =>
    withSession(restored.connection, session, async (two) => {
      await options.beforeComparing?.(one);
      const findings = await readAndCompare(comparison, [one, two]);
      const { differences, remarks } = await findFirstDifferences({
        ...comparison,
        client: one,
        tables: findings.tables,
      });
      return {
        findings: { ...findings, firstDifferences: differences },
        ending: null,
        warnings: [...restored.result.warnings, ...remarks],
      };
    }),
  );
}

async function readAndCompare(
  { options, source, place, scratch, restored, existing, bytes }: Comparison,
  clients: readonly [pg.Client, pg.Client],
): Promise<Findings> {
  const { version } = place;
  const pgDump = await findClientProgram('pg_dump', version);
  const pgDumpall = await findClientProgram('pg_dumpall', version);
  const totalTables = source.tables.length;
  let tables = 0;
  const reading = await readRestored({
    clients,
    connection: restored.connection,
    programs: { pgDump: pgDump.path, pgDumpall: existing && pgDumpall.path },
    signal: options.signal,
    onTable: ({ schema, table }) =>
      report(options, {
        step: `comparing ${schema}.${table}`,
        bytes,
        tables: ++tables,
        totalTables,
      }),
  });
  return compareWithSource({
    dump: scratch.dump,
    directory: options.directory,
    source,
    restored: reading,
    untouchedRoles: existing,
    locale: restored.locale,
    namesOnly:
      major(version) !== major(source.server.version) ||
      pgDump.major !== Number.parseInt(source.tools.pgDump.replace(/^\D*/, ''), 10),
  });
}

function report(options: ProveOptions, progress: Partial<ProofProgress> & { step: string }): void {
  options.onProgress({ bytes: 0, tables: 0, totalTables: null, ...progress });
}

/** Asks once a second how large the database has become. */
function watchSize(
  server: pg.Client,
  name: string,
  onBytes: (bytes: number) => void,
): { stop(): void; last(): number } {
  let last = 0;
  const ask = async (): Promise<void> => {
    const { rows } = await server.query<{ bytes: string }>(
      'SELECT pg_database_size(oid) AS bytes FROM pg_database WHERE datname = $1',
      [name],
    );
    last = Number(rows[0]?.bytes ?? 0);
    onBytes(last);
  };
  // A size that cannot be told now is told a second later; what is wrong with the server is said by the next real query.
  const timer = setInterval(() => void ask().catch(() => undefined), 1000);
  return { stop: () => clearInterval(timer), last: () => last };
}

function major(version: number): number {
  return Math.floor(version / 10_000);
}
