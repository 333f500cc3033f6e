import path from 'node:path';
import type pg from 'pg';
import { contentsPath, describedDump } from '../domain/dump-layout.ts';
import type { Omitted } from '../domain/restore.ts';
import type { SourceReading } from '../domain/source-reading.ts';
import { findClientProgram } from './programs.ts';
import type { ScratchPlace } from './scratch-session.ts';
import type { Dump } from './toc.ts';

/** The scratch server with what is restored into it. */
export interface Scratch extends ScratchPlace {
  /** A session there. */
  readonly server: pg.Client;
  readonly psql: string;
  /** The directory that holds the dump and `verify/`. */
  readonly directory: string;
  /** Of a plain dump only its table of contents can be read. */
  readonly dump: Dump;
  readonly source: SourceReading;
  readonly jobs: number;
  /** What is not restored; absent: nothing. */
  readonly omitted?: Omitted;
}

/** The scratch server with the dump in a directory and the programs that restore it there. */
export async function describeScratch(options: {
  readonly place: ScratchPlace;
  readonly server: pg.Client;
  readonly directory: string;
  readonly source: SourceReading;
  readonly jobs: number;
  readonly omitted?: Omitted;
  readonly signal: AbortSignal;
}): Promise<Scratch> {
  const { place, server, directory, source, jobs, omitted, signal } = options;
  const [pgRestore, psql] = [
    await findClientProgram('pg_restore', place.version),
    await findClientProgram('psql', place.version),
  ];
  const archive = path.join(directory, contentsPath(describedDump(source).format));
  return {
    ...place,
    ...{ server, directory, source, jobs, ...(omitted && { omitted }) },
    psql: psql.path,
    dump: { program: pgRestore.path, archive, signal },
  };
}
