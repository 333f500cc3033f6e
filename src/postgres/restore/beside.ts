import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { globalsPath } from '../../domain/dump-layout.ts';
import type { Proof } from '../../domain/proof.ts';
import type { Omitted } from '../../domain/restore.ts';
import type {
  DatabaseProperties,
  NotCompared,
  SourceReading,
} from '../../domain/source-reading.ts';
import { BackupError } from '../../errors.ts';
import { compareRestored } from '../compare-restored.ts';
import type { Connection } from '../connection.ts';
import { watchDatabaseSize } from '../database-size.ts';
import { noFindings } from '../findings.ts';
import { incomparable } from '../fingerprint.ts';
import { readSource } from '../read-source.ts';
import type { RestoreResult } from '../restore-dump.ts';
import { applyChanges, fillDatabase } from '../restored-database.ts';
import { createScratchDatabase, dropScratchDatabase } from '../scratch-database.ts';
import { analyzeTables } from './analyze.ts';
import { createRoles, listRoles } from '../scratch-roles.ts';
import { scratchConnection } from '../scratch-session.ts';
import { describeScratch, type Scratch } from '../scratch-target.ts';
import { withSession } from '../session.ts';
import { toProof } from '../verdict.ts';
import { withTargetServer } from './server.ts';

export interface BesideProgress {
  readonly step: string;
  readonly bytes?: number;
  readonly tables?: number;
  readonly totalTables?: number;
}

export interface BesideOptions {
  /** The database that is restored in the end. */
  readonly target: Connection;
  /** The one beside it that is made and filled first. */
  readonly restoring: string;
  /** Holds the dump and `verify/`. */
  readonly directory: string;
  /** Holds the incremental that is applied on top of it; null: none is. */
  readonly changes: string | null;
  /** Encoding and locale of an empty database that is replaced; null: as at the source. */
  readonly like: DatabaseProperties | null;
  readonly omitted: Omitted;
  readonly jobs: number;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: BesideProgress) => void;
}

/**
 * Makes the database beside the target and restores the dump into it; what an earlier attempt made there goes first.
 * Returns what the programs warned of. Throws `restore_failed`, or `target_refused` for a locale that is missing.
 */
export async function restoreBeside(
  options: BesideOptions & { readonly roles: boolean },
): Promise<readonly string[]> {
  return withBeside(options, async (scratch, server) => {
    const { restoring, roles, directory, onProgress } = options;
    const connection = scratchConnection(scratch, restoring);
    await dropScratchDatabase(server, connection);
    if (roles) await makeRoles(server, directory);
    await makeDatabase(scratch, restoring);
    const size = watchDatabaseSize(server, restoring, (bytes) =>
      onProgress({ step: 'restoring', bytes }),
    );
    const warnings = await fill(scratch, connection, options).finally(() => size.stop());
    onProgress({ step: 'gathering statistics', bytes: size.last() });
    const session = { purpose: 'restoring', signal: options.signal };
    await withSession(connection, session, analyzeTables);
    return warnings;
  });
}

async function fill(
  scratch: Scratch,
  connection: Connection,
  { changes, onProgress }: BesideOptions,
): Promise<readonly string[]> {
  const full = await fillDatabase(scratch, connection);
  requireRestored(full);
  if (changes === null) return full.warnings;
  onProgress({ step: 'applying the changes' });
  const result = await applyChanges(scratch, connection, changes);
  requireRestored(result);
  return [...full.warnings, ...result.warnings];
}

/** Compares the database beside the target with what the source held: unproven where this version cannot. */
export async function compareBeside(
  options: BesideOptions & { readonly backup: string; readonly warnings: readonly string[] },
): Promise<Proof> {
  const startedAt = new Date();
  return withBeside(options, async (restored) => {
    const { restoring, signal, omitted, onProgress, backup, warnings, like } = options;
    const directory = options.changes ?? options.directory;
    const held = await readSource(directory);
    const reason = incomparable(held.fingerprintAlgorithm);
    if (reason !== null) {
      const ending = { state: 'unproven', reason } as const;
      const outcome = { findings: noFindings(held), ending, warnings };
      return toProof(backup, startedAt, restored.version, held, outcome);
    }
    const scratch = { ...restored, directory, source: likeExisting(held, like) };
    const connection = scratchConnection(scratch, restoring);
    const session = { purpose: 'comparing', signal };
    const findings = await withSession(connection, session, (one) =>
      withSession(connection, session, async (two) =>
        compareRestored({
          ...{ scratch, connection, omitted, onProgress },
          clients: [one, two],
          untouchedRoles: null, // others use this server, too
          locale: otherLocale(held, like),
        }),
      ),
    );
    const notCompared = [...findings.notCompared, rolesOfServer];
    const outcome = { findings: { ...findings, notCompared }, ending: null, warnings };
    return toProof(backup, startedAt, scratch.version, scratch.source, outcome);
  });
}

/** Removes what a restore made beside its target; nothing there is fine. */
export async function removeBeside(
  target: Connection,
  restoring: string,
  signal: AbortSignal,
): Promise<void> {
  await withTargetServer(target, signal, ({ client, place }) =>
    dropScratchDatabase(client, scratchConnection(place, restoring)),
  );
}

const rolesOfServer: NotCompared = {
  what: 'roles of the server',
  why: 'others use them, too: they were left as they are',
};

async function withBeside<T>(
  { target, directory, like, omitted, jobs, signal }: BesideOptions,
  use: (scratch: Scratch, server: pg.Client) => Promise<T>,
): Promise<T> {
  const source = likeExisting(await readSource(directory), like);
  return withTargetServer(target, signal, async ({ client: server, place }) => {
    const described = { place, server, directory, source, jobs, signal };
    const omits = omitted.owners || omitted.privileges ? { omitted } : {};
    return use(await describeScratch({ ...described, ...omits }), server);
  });
}

function likeExisting(source: SourceReading, like: DatabaseProperties | null): SourceReading {
  if (!like) return source;
  const { encoding, collate, ctype, localeProvider, icuLocale } = like;
  const locale = { encoding, collate, ctype, localeProvider, icuLocale };
  return { ...source, properties: { ...source.properties, ...locale } };
}

function otherLocale(source: SourceReading, like: DatabaseProperties | null): NotCompared | null {
  const text = ({ encoding, collate, icuLocale }: DatabaseProperties) =>
    `${encoding}, ${icuLocale ?? collate}`;
  if (!like || text(like) === text(source.properties)) return null;
  const why = `the empty database that was there has '${text(like)}'`;
  return { what: `encoding and locale '${text(source.properties)}'`, why };
}

/** Makes the backup's roles that the server lacks. */
export async function makeRoles(server: pg.Client, directory: string): Promise<void> {
  const globals = await readFile(path.join(directory, globalsPath), 'utf8');
  await createRoles(server, globals, await listRoles(server));
}

async function makeDatabase({ server, source, version }: Scratch, name: string): Promise<void> {
  const lacking = await createScratchDatabase(server, name, source.properties, version);
  if (!lacking) return;
  throw new BackupError('target_refused', `the target's server lacks the ${lacking.what}`, {
    hint: 'install the locale there, or make an empty database with another one and restore into it',
  });
}

function requireRestored(result: RestoreResult): void {
  if (result.state === 'restored') return;
  throw new BackupError('restore_failed', result.reason, { detail: result.warnings.join('\n') });
}
