import type pg from 'pg';
import type {
  LargeObjectsReading,
  SequenceReading,
  SourceReading,
  TableFingerprint,
} from '../domain/source-reading.ts';
import { readLargeObjects } from './large-objects.ts';
import type { KnownFacts, TablesReading } from './read-tables.ts';
import { readExtensions, readProperties } from './properties.ts';
import type { Selection } from './selection.ts';
import type { ReadSequence } from './sequences.ts';
import { listNotCompared, listTables, type TableDescription } from './tables.ts';

export type Contents = Pick<
  SourceReading,
  'properties' | 'extensions' | 'tables' | 'largeObjects' | 'notCompared'
>;

export interface ContentsOptions {
  /** All of them see the same snapshot; they must not be used for anything else meanwhile. */
  readonly holder: pg.Client;
  readonly selection: Selection;
  /** Reads those whose rows are dumped. */
  readonly readTables: (
    tables: readonly TableDescription[],
    known: KnownFacts,
  ) => Promise<TablesReading>;
  /** Said once, as soon as it is known what there is to do. */
  readonly onStart: (progress: { step: string; totalTables: number }) => void;
}

/** Reads all that the restored database is compared with. */
export async function readContents(
  options: ContentsOptions,
): Promise<{ contents: Contents; reading: TablesReading }> {
  const { holder, selection, readTables, onStart } = options;
  const properties = await readProperties(holder);
  const extensions = await readExtensions(holder);
  const notCompared = [...(await listNotCompared(holder)), ...selection.notCompared];
  const tables = await listTables(holder);
  const dumped = tables.filter((table) => selection.hasRows(table));
  onStart({ step: 'dumping', totalTables: dumped.length });
  const reading = selection.hasLargeObjects
    ? readLargeObjects(holder)
    : Promise.resolve(noLargeObjects);
  const [read, largeObjects] = await Promise.all([
    readTables(dumped, { properties, extensions, largeObjects: reading }),
    reading,
  ]);
  return {
    contents: {
      ...{ properties, extensions, notCompared, largeObjects },
      tables: withEmptyOnes(tables, read.fingerprints),
    },
    reading: read,
  };
}

const noLargeObjects: LargeObjectsReading = { count: 0, hash: '0' };

/** Tables whose rows are not dumped are expected, too, without any row. */
function withEmptyOnes(
  tables: readonly TableDescription[],
  fingerprints: readonly TableFingerprint[],
): TableFingerprint[] {
  const key = (schema: string, table: string): string => JSON.stringify([schema, table]);
  const found = new Map(fingerprints.map((each) => [key(each.schema, each.table), each]));
  return tables.map(
    ({ schema, name }) =>
      found.get(key(schema, name)) ?? { schema, table: name, rows: 0, hash: '0' },
  );
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
