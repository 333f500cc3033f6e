import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { dumpPath } from '../domain/dump-layout.ts';
import type { BaseFacts } from '../domain/incremental/base.ts';
import { chooseBucketing } from '../domain/incremental/base.ts';
import type { LargeObjectsReading, TableFingerprint } from '../domain/source-reading.ts';
import { BackupError } from '../errors.ts';
import { fingerprintAlgorithm, fingerprintTables } from './fingerprint.ts';
import type { Base } from './incremental/base-file.ts';
import { readBuckets, type ReadBuckets } from './incremental/base-reading.ts';
import { findChanges, type Changes, type Present } from './incremental/changes.ts';
import {
  readExtensionRows,
  readLargeObjectFacts,
  readMaterializedViews,
  readServerMoment,
  type View,
} from './incremental/database-facts.ts';
import { readTableFacts } from './incremental/table-facts.ts';
import { partWriter, viewName, writeChanges } from './incremental/write-changes.ts';
import type { Selection } from './selection.ts';
import type { TableDescription } from './tables.ts';

/** What reading the tables gave: their fingerprints, and what else a backup makes of one pass over them. */
export interface TablesReading {
  readonly fingerprints: readonly TableFingerprint[];
  /** A full: what incrementals are found out from. */
  readonly base: { readonly facts: DatabaseFacts; readonly buckets: ReadBuckets } | null;
  /** An incremental: its rows are written, what comes behind them is not. */
  readonly changes: { readonly found: Changes; readonly views: readonly View[] } | null;
}

/** What of a database is compared beside its tables and texts. */
type DatabaseFacts = Omit<Present, 'schemaSql' | 'rolesSql'>;

export interface KnownFacts extends Pick<Present, 'properties' | 'extensions'> {
  readonly largeObjects: Promise<LargeObjectsReading>;
}

export interface TableReading {
  /** All of them see the same snapshot. */
  readonly holder: pg.Client;
  readonly readers: readonly [pg.Client, ...pg.Client[]];
  readonly tables: readonly TableDescription[];
  readonly known: KnownFacts;
  readonly selection: Pick<Selection, 'hasRows' | 'isWhole'>;
  readonly systemIdentifier: string | null;
  readonly signal: AbortSignal;
}

/** Fingerprints only. */
export async function readFingerprints(reading: TableReading): Promise<TablesReading> {
  const { readers: clients, tables, signal } = reading;
  const fingerprints = await fingerprintTables({ clients, tables, signal });
  return { fingerprints, base: null, changes: null };
}

/** Fingerprints bucket by bucket, which go to disk under this name with endings. */
export async function readForBase(reading: TableReading, file: string): Promise<TablesReading> {
  const { holder, readers: clients, tables, signal } = reading;
  // One process each, as pg_dump has, which takes longer for the same table: more would only take what that needs.
  await Promise.all(
    clients.map((client) => client.query('SET max_parallel_workers_per_gather = 0')),
  );
  const database = await readDatabase(reading);
  const facts = await readTableFacts(holder, tables);
  const bucketed = tables.flatMap((table) => {
    const known = facts.get(table.oid);
    if (!known) return [];
    return [{ table, facts: known, bucketing: chooseBucketing(known) }];
  });
  const fingerprints: TableFingerprint[] = [];
  const onTable = (table: TableFingerprint): void => void fingerprints.push(table);
  const buckets = await readBuckets({ clients, tables: bucketed, file, signal, onTable });
  return { fingerprints, base: { facts: database.facts, buckets }, changes: null };
}

export interface ChangesReading extends TableReading {
  /** The incremental's id. */
  readonly id: string;
  readonly base: Base;
  /** Holds `verify/` with the texts of schema and roles; the changes go beside it. */
  readonly directory: string;
}

/** Fingerprints, and what changed since the base, which is written. Throws `needs_full` with the reason why it cannot be told. */
export async function readChanges(reading: ChangesReading): Promise<TablesReading> {
  const { base, directory, holder } = reading;
  const file = changesFile(directory);
  const { facts, views } = await readDatabase(reading);
  const fingerprints: TableFingerprint[] = [];
  const now: Present = { ...facts, ...(await readTexts(directory)) };
  const onTable = (table: TableFingerprint): void => void fingerprints.push(table);
  const found = await findChanges({
    ...{ ...reading, now, onTable, write: partWriter(file) },
    isWhole: reading.selection.isWhole,
  });
  if (typeof found === 'string') throw new BackupError('needs_full', found);
  const { id } = reading;
  await writeChanges({ id, file, base: base.facts, changes: found, client: holder });
  return { fingerprints, base: null, changes: { found, views } };
}

/** Where the SQL of an incremental is written. */
export function changesFile(directory: string): string {
  return path.join(directory, dumpPath('plain'));
}

async function readDatabase({
  holder,
  known,
  selection: { hasRows, isWhole },
  systemIdentifier,
}: TableReading): Promise<{ facts: DatabaseFacts; views: readonly View[] }> {
  const { properties, extensions } = known;
  const views = (await readMaterializedViews(holder)).filter(hasRows);
  const facts = {
    ...{ fingerprintAlgorithm, properties, extensions },
    server: await readServerMoment(holder, systemIdentifier),
    extensionRows: isWhole ? await readExtensionRows(holder) : '',
    largeObjects: isWhole ? await readLargeObjectFacts(holder, await known.largeObjects) : null,
    filledViews: views.filter(({ filled }) => filled).map(viewName),
  };
  return { facts, views };
}

/** What `pg_dump` and `pg_dumpall` said; no schema where it changed while it was read. */
export async function readTexts(
  directory: string,
): Promise<Pick<BaseFacts, 'schemaSql' | 'rolesSql'>> {
  const [before, after, rolesSql] = (await Promise.all(
    ['schema-before.sql', 'schema-after.sql', 'globals.sql'].map((file) =>
      readFile(path.join(directory, 'verify', file), 'utf8'),
    ),
  )) as [string, string, string];
  const isSame = withoutGuards(before) === withoutGuards(after);
  return { schemaSql: isSame ? before : null, rolesSql };
}

/** Without the key that every reading has for itself. */
function withoutGuards(sql: string): string {
  return sql.replace(/^\\(un)?restrict \w+$/gm, '');
}
