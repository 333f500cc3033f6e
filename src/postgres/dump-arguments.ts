import { escapeIdentifier } from 'pg';
import type { DumpFormat, DumpKind } from '../domain/dump-layout.ts';

export interface DumpArguments {
  /** The exported snapshot's name. */
  readonly snapshot: string;
  /** Where pg_dump writes: a directory for the directory format, else a file. */
  readonly target: string;
  readonly lockTimeoutSeconds: number;
  /** More than one works with the directory format only. */
  readonly jobs?: number;
  readonly format?: DumpFormat;
  readonly kind?: DumpKind;
  /** Patterns of tables whose rows stay out: a module is the whole schema with the rows of its own tables. */
  readonly excludeTableData?: readonly string[];
  readonly largeObjects?: boolean;
}

/** pg_dump's command line; who and where the server is stands in the environment. */
export function dumpArguments(options: DumpArguments): string[] {
  const { format = 'directory', kind = 'full', jobs = 1 } = options;
  const { excludeTableData = [], largeObjects = true } = options;
  return [
    `--format=${format}`,
    ...(format === 'directory' ? [`--jobs=${jobs}`] : []),
    '--compress=0', // what is sealed later is compressed once, by every core
    ...(kind === 'schema_only' ? ['--schema-only'] : []),
    ...(kind === 'data_only' ? ['--data-only'] : []),
    ...(largeObjects ? [] : ['--no-blobs']),
    ...excludeTableData.map((pattern) => `--exclude-table-data=${pattern}`),
    `--snapshot=${options.snapshot}`,
    `--lock-wait-timeout=${Math.max(1, Math.round(options.lockTimeoutSeconds * 1000))}`,
    '--no-sync', // temporary files: only the sealed artifact has to survive a power cut
    '--no-password', // never asks
    `--file=${options.target}`,
  ];
}

/** Patterns of pg_dump that mean these relations and no other, many in one: each pattern is a query on the server. */
export function exactPatterns(
  relations: readonly { readonly schema: string; readonly name: string }[],
): string[] {
  const bySchema = new Map<string, string[]>();
  for (const { schema, name } of relations) {
    const names = bySchema.get(schema) ?? [];
    names.push(escapeIdentifier(name));
    bySchema.set(schema, names);
  }
  return [...bySchema].flatMap(([schema, names]) =>
    chunks(names).map((chunk) => `${escapeIdentifier(schema)}.(${chunk.join('|')})`),
  );
}

// The kernel takes 128 KiB in one argument; a name has 63 bytes at most, quotes in it doubled.
const chunkSize = 500;

function chunks(names: readonly string[]): string[][] {
  const count = Math.ceil(names.length / chunkSize);
  return Array.from({ length: count }, (_, index) =>
    names.slice(index * chunkSize, (index + 1) * chunkSize),
  );
}
