import path from 'node:path';
import type pg from 'pg';
import { contentsPath, describedDump } from '../domain/dump-layout.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import type { Connection } from './connection.ts';
import { findClientProgram } from './programs.ts';
import type { Dump } from './toc.ts';

/** The scratch server with what is restored into it. */
export interface Scratch {
  /** Superuser, database `postgres`. */
  readonly connection: Connection;
  /** A session there. */
  readonly server: pg.Client;
  /** As in `server_version_num`. */
  readonly version: number;
  readonly psql: string;
  /** The directory that holds `dump/` and `verify/`. */
  readonly directory: string;
  /** Of a plain dump only its table of contents can be read. */
  readonly dump: Dump;
  readonly source: SourceReading;
  readonly jobs: number;
}

/** The scratch server with the dump in a directory and the programs that restore it there. */
export async function describeScratch(options: {
  readonly connection: Connection;
  readonly server: pg.Client;
  readonly version: number;
  readonly directory: string;
  readonly source: SourceReading;
  readonly jobs: number;
  readonly signal: AbortSignal;
}): Promise<Scratch> {
  const { version, directory, source, signal } = options;
  const [pgRestore, psql] = [
    await findClientProgram('pg_restore', version),
    await findClientProgram('psql', version),
  ];
  const archive = path.join(directory, contentsPath(describedDump(source).format));
  const { connection, server, jobs } = options;
  return {
    ...{ connection, server, version, directory, source, jobs },
    psql: psql.path,
    dump: { program: pgRestore.path, archive, signal },
  };
}
