import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { globalsPath } from '../domain/dump-layout.ts';
import { lackOf } from '../domain/missing-extension.ts';
import type { Proof } from '../domain/proof.ts';
import type { NotCompared, SourceReading } from '../domain/source-reading.ts';
import { inEnglish } from '../domain/words.ts';
import { BackupError } from '../errors.ts';
import { compareRestored, major } from './compare-restored.ts';
import type { Connection } from './connection.ts';
import { watchDatabaseSize } from './database-size.ts';
import { noFindings } from './findings.ts';
import { findFirstDifferences } from './first-differences.ts';
import { incomparable } from './fingerprint.ts';
import { readSource } from './read-source.ts';
import {
  acquit,
  applyChanges,
  applyProperties,
  restoreDatabase,
  type RestoredDatabase,
} from './restored-database.ts';
import { describeScratch, type Scratch } from './scratch-target.ts';
import { copyScratchDatabase, dropScratchDatabase } from './scratch-database.ts';
import { missingExtensions } from './scratch-extensions.ts';
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
import { readSystemIdentifier } from './system-identifier.ts';
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
  /** Of an incremental: holds the dump of its full, or what is left of it where the full is still restored. */
  readonly full?: string | undefined;
  /** Of an incremental: its full as it stayed restored on this server, which is ours alone. */
  readonly restored?: RestoredFull | undefined;
  /** Superuser, database `postgres`, of a private scratch server; with `guest` any role on a server of others. */
  readonly scratch: Connection;
  /** From `withSharedScratch`, which also removes what we make there. */
  readonly guest?: string;
  readonly jobs: number;
  readonly signal: AbortSignal;
  onProgress(progress: ProofProgress): void;
  /** Leaves the restored database and its roles where they are, and says what they are. */
  keep?(restored: RestoredFull): void;
  /** The tests' seam: damages what was restored before it is compared. */
  beforeComparing?(client: pg.Client): Promise<void>;
}

/** A full as its proof found and left it. */
export interface RestoredFull {
  readonly database: string;
  /** Roles that the server had before. */
  readonly existing: readonly string[];
  /** What could not be made there. */
  readonly notMade: readonly NotCompared[];
  /** The locale that the server lacks. */
  readonly locale: NotCompared | null;
  /** What `pg_restore` wrote. */
  readonly warnings: readonly string[];
}

/**
 * Restores a dump on a scratch server and compares everything with what the source held. What is wrong with the backup is
 * the proof's state; what is wrong with us or the scratch server is thrown, and when aborted the signal's reason.
 */
export async function proveDump(options: ProveOptions): Promise<Proof> {
  const startedAt = new Date();
  const source = await readSource(options.directory);
  const session = { purpose: 'proving', signal: options.signal };
  return withSession(options.scratch, session, async (server) => {
    const { scratch, guest = null } = options;
    const place = await lookAround(server, { connection: scratch, guest });
    const outcome = await examine({ options, source, server, place });
    return toProof(options.backup, startedAt, place.version, source, outcome);
  });
}

/** The proof of a dump that nothing is restored of. */
export function leftUnproven(backup: string, source: SourceReading, reason: string): Proof {
  return toProof(backup, new Date(), null, source, nothingCompared(source, 'unproven', reason));
}

interface Examination {
  readonly options: ProveOptions;
  readonly source: SourceReading;
  readonly server: pg.Client;
  readonly place: ScratchPlace;
}

async function examine(examination: Examination): Promise<Outcome> {
  const { source, server, options, place } = examination;
  const obstacle = await findObstacle(examination);
  if (obstacle !== null) return nothingCompared(source, 'unproven', obstacle);
  const existing = options.restored?.existing ?? (await listRoles(server));
  const isGuest = place.guest !== null;
  try {
    const notMade = options.restored?.notMade ?? (await makeRoles(examination, existing));
    const outcome = await restoreAndCompare(examination, { existing, notMade });
    if (!options.keep && !options.restored && !isGuest) await dropRoles(server, existing);
    const notCompared = [...outcome.findings.notCompared, ...notMade];
    return { ...outcome, findings: { ...outcome.findings, notCompared } };
  } catch (error) {
    return endOf(error, examination);
  }
}

async function makeRoles(
  { options, server, place }: Examination,
  existing: readonly string[],
): Promise<NotCompared[]> {
  const globals = await readFile(path.join(options.directory, globalsPath), 'utf8');
  return place.guest === null
    ? createRoles(server, globals, existing)
    : createGuestRoles(server, { globals, existing, place });
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
  const isOther = incomparable(source.fingerprintAlgorithm);
  if (isOther !== null) return isOther;
  if (place.guest !== null && (await isSource(server, source)))
    return `the scratch server is the source's own server, or a copy of its files: VERIFY_DATABASE_URL must name another one`;
  const [missing] = await missingExtensions(server, source.extensions);
  return missing ? inEnglish(lackOf(missing, 'scratch')) : null;
}

/** Whether it is the source's server under another name; false where one of the roles may not tell. */
async function isSource(server: pg.Client, { server: { systemIdentifier } }: SourceReading) {
  return systemIdentifier !== null && systemIdentifier === (await readSystemIdentifier(server));
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
  roles: Pick<RestoredFull, 'existing' | 'notMade'>,
): Promise<Outcome> {
  const { options, source, server, place } = examination;
  const existing = place.guest === null ? roles.existing : null;
  const scratch = await scratchFor(examination);
  const name = scratchName(place, 'proof');
  const size = watchDatabaseSize(server, name, (bytes) =>
    report(options, { step: 'restoring', bytes }),
  );
  try {
    const restored = await restore(examination, scratch, name).finally(() => size.stop());
    const { result } = restored;
    if (result.state !== 'restored')
      return nothingCompared(source, result.state, result.reason, result.warnings);
    const bytes = size.last();
    const outcome = await compare({ ...examination, scratch, restored, existing, bytes });
    options.keep?.({
      ...roles,
      database: name,
      locale: restored.locale,
      warnings: result.warnings,
    });
    return outcome;
  } finally {
    if (!options.keep && !options.signal.aborted)
      await dropScratchDatabase(server, scratchConnection(place, name));
  }
}

/** What is restored first: an incremental's full. */
async function scratchFor({ options, source, server, place }: Examination): Promise<Scratch> {
  const { full } = options;
  if (full === undefined) return describeScratch({ ...options, source, server, place });
  const restored = { directory: full, source: await readSource(full) };
  return describeScratch({ ...options, ...restored, server, place });
}

async function restore(
  { options }: Examination,
  scratch: Scratch,
  name: string,
): Promise<RestoredDatabase> {
  const restored = options.restored
    ? await copyRestored(scratch, name, options.restored)
    : await restoreDatabase(scratch, name);
  if (options.full === undefined || restored.result.state !== 'restored') return restored;
  report(options, { step: 'applying the changes' });
  const { connection, locale } = restored;
  const result = await applyChanges(scratch, connection, options.directory);
  const warnings = [...restored.result.warnings, ...result.warnings];
  return { ...restored, result: acquit(scratch, { ...result, warnings }, locale) };
}

/** A copy of the kept full, which stays as it is: what belongs to a database but is not in it comes with none. */
async function copyRestored(
  scratch: Scratch,
  name: string,
  { database, locale, warnings }: RestoredFull,
): Promise<RestoredDatabase> {
  const connection = scratchConnection(scratch, name);
  await copyScratchDatabase(scratch.server, name, database, scratch.version);
  await applyProperties(scratch, connection);
  return { connection, locale, result: { state: 'restored', warnings } };
}

interface Comparison extends Examination {
  readonly scratch: Scratch;
  readonly restored: RestoredDatabase;
  /** null: roles are not compared. */
  readonly existing: readonly string[] | null;
  readonly bytes: number;
}

async function compare(comparison: Comparison): Promise<Outcome> {
  const { options, restored, source } = comparison;
  const session = { purpose: 'comparing', signal: options.signal };
  return withSession(restored.connection, session, (one) =>
    withSession(restored.connection, session, async (two) => {
      await options.beforeComparing?.(one);
      const findings = await compareRestored({
        // An incremental is compared with what the source held at its own snapshot.
        scratch: { ...comparison.scratch, directory: options.directory, source },
        connection: restored.connection,
        clients: [one, two],
        untouchedRoles: comparison.existing,
        locale: restored.locale,
        onProgress: (progress) => report(options, { bytes: comparison.bytes, ...progress }),
      });
      // They are found by restoring rows once more out of the dump; an incremental's are not in one.
      const { differences, remarks } =
        options.full === undefined
          ? await findFirstDifferences({ ...comparison, client: one, tables: findings.tables })
          : { differences: [], remarks: [] };
      return {
        findings: { ...findings, firstDifferences: differences },
        ending: null,
        warnings: [...restored.result.warnings, ...remarks],
      };
    }),
  );
}

function report(options: ProveOptions, progress: Partial<ProofProgress> & { step: string }): void {
  options.onProgress({ bytes: 0, tables: 0, totalTables: null, ...progress });
}
