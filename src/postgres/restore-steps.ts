import path from 'node:path';
import { describedDump, dumpPath, schemaPath } from '../domain/dump-layout.ts';
import type { Scratch } from './scratch-target.ts';
import { readToc, withoutLeftOut, type Dump, type TocEntry } from './toc.ts';

/** One call of `pg_restore` or `psql`. */
export type RestoreStep =
  { readonly dump: Dump; readonly entries: readonly TocEntry[] } | { readonly script: string };

export interface TableName {
  readonly schema: string;
  readonly table: string;
}

/**
 * What is restored, in its order. Rows alone come between the tables and what checks or follows rows. With `tables` it
 * is what shows the rows of these tables: of a script, all of it.
 */
export async function stepsOf(
  scratch: Scratch,
  tables?: readonly TableName[],
): Promise<RestoreStep[]> {
  const { kind } = describedDump(scratch.source);
  const data = await dumpStep(scratch, tables);
  if (kind !== 'data_only') return [data];
  const schema = { ...scratch.dump, archive: path.join(scratch.directory, schemaPath) };
  const section = async (name: string): Promise<RestoreStep> => ({
    dump: schema,
    entries: await readToc(schema, [`--section=${name}`]),
  });
  const before = await section('pre-data');
  return tables ? [before, data] : [before, data, await section('post-data')];
}

async function dumpStep(
  { dump, directory, source }: Scratch,
  tables: readonly TableName[] | undefined,
): Promise<RestoreStep> {
  const { kind, format, leftOut } = describedDump(source);
  if (format === 'plain') return { script: path.join(directory, dumpPath(format)) };
  const toc = await readToc(dump);
  if (!tables) return { dump, entries: withoutLeftOut(toc, leftOut) };
  const before = kind === 'data_only' ? [] : await readToc(dump, ['--section=pre-data']);
  return { dump, entries: [...before, ...rowsOf(toc, tables)] };
}

/** Blanks stand for line breaks in the table of contents. */
function rowsOf(toc: readonly TocEntry[], tables: readonly TableName[]): TocEntry[] {
  const starts = tables.map(({ schema, table }) =>
    `TABLE DATA ${schema} ${table} `.replace(/[\r\n]/g, ' '),
  );
  return toc.filter(({ text }) => starts.some((start) => text.startsWith(start)));
}
