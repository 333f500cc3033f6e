import type pg from 'pg';
import type { SequenceReading, SourceReading } from '../domain/source-reading.ts';
import { fingerprintTables } from './fingerprint.ts';
import { readLargeObjects } from './large-objects.ts';
import { readExtensions, readProperties } from './properties.ts';
import type { ReadSequence } from './sequences.ts';
import { listNotCompared, listTables } from './tables.ts';

export type Contents = Pick<
  SourceReading,
  'properties' | 'extensions' | 'tables' | 'largeObjects' | 'notCompared'
>;

export interface ContentsOptions {
  /** All of them see the same snapshot; they must not be used for anything else meanwhile. */
  readonly holder: pg.Client;
  readonly readers: readonly pg.Client[];
  readonly signal: AbortSignal;
  /** Said once, as soon as it is known what there is to do. */
  readonly onStart: (progress: { step: string; totalTables: number }) => void;
}

/** Reads all that the restored database is compared with. */
export async function readContents(options: ContentsOptions): Promise<Contents> {
  const { holder, readers, signal, onStart } = options;
  const properties = await readProperties(holder);
  const extensions = await readExtensions(holder);
  const notCompared = await listNotCompared(holder);
  const tables = await listTables(holder);
  onStart({ step: 'dumping', totalTables: tables.length });
  const [fingerprints, largeObjects] = await Promise.all([
    fingerprintTables({ clients: readers, tables, signal }),
    readLargeObjects(holder),
  ]);
  return { properties, extensions, notCompared, tables: fingerprints, largeObjects };
}

/** Puts what was read before and after side by side; a sequence made or dropped meanwhile has one of the two only. */
export function joinSequences(
  before: readonly ReadSequence[],
  after: readonly ReadSequence[],
): SequenceReading[] {
  const key = ({ schema, sequence }: ReadSequence): string => JSON.stringify([schema, sequence]);
  const earlier = new Map(before.map((read) => [key(read), read.value]));
  const later = new Map(after.map((read) => [key(read), read.value]));
  const all = new Map([...before, ...after].map((read) => [key(read), read]));
  return [...all].map(([name, { schema, sequence }]) => ({
    schema,
    sequence,
    before: earlier.get(name) ?? null,
    after: later.get(name) ?? null,
  }));
}
