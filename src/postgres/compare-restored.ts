import type pg from 'pg';
import type { Omitted } from '../domain/restore.ts';
import type { NotCompared } from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { compareWithSource, type Findings } from './findings.ts';
import { findClientProgram } from './programs.ts';
import { readRestored } from './restored-reading.ts';
import type { Scratch } from './scratch-target.ts';

export interface ComparisonProgress {
  readonly step: string;
  /** Compared so far. */
  readonly tables: number;
  readonly totalTables: number;
}

export interface CompareOptions {
  readonly scratch: Scratch;
  /** The restored database, and two sessions on it. */
  readonly connection: Connection;
  readonly clients: readonly [pg.Client, pg.Client];
  /** Roles that the server had before; null: roles are not compared. */
  readonly untouchedRoles: readonly string[] | null;
  /** The locale that the server lacks. */
  readonly locale: NotCompared | null;
  readonly omitted?: Omitted | undefined;
  readonly onProgress: (progress: ComparisonProgress) => void;
}

/** Reads all of a restored database and compares it with what the source held. */
export async function compareRestored(options: CompareOptions): Promise<Findings> {
  const { scratch, connection, clients, untouchedRoles, locale, omitted } = options;
  const { source, version, dump, directory } = scratch;
  const pgDump = await findClientProgram('pg_dump', version);
  const pgDumpall = await findClientProgram('pg_dumpall', version);
  const totalTables = source.tables.length;
  let tables = 0;
  const restored = await readRestored({
    clients,
    connection,
    programs: { pgDump: pgDump.path, pgDumpall: untouchedRoles && pgDumpall.path },
    signal: dump.signal,
    onTable: ({ schema, table }) =>
      options.onProgress({ step: `comparing ${schema}.${table}`, tables: ++tables, totalTables }),
  });
  return compareWithSource({
    ...{ dump, directory, source, restored, untouchedRoles, locale, omitted },
    namesOnly:
      major(version) !== major(source.server.version) ||
      pgDump.major !== Number.parseInt(source.tools.pgDump.replace(/^\D*/, ''), 10),
  });
}

/** `server_version_num` without the minor version. */
export function major(version: number): number {
  return Math.floor(version / 10_000);
}
