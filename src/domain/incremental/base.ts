import type {
  DatabaseProperties,
  Extension,
  LargeObjectsReading,
  SequenceReading,
} from '../source-reading.ts';

/** Which server and which moment of it: what `xmin` and a position in the log mean is settled by this. */
export interface ServerMoment {
  /** null: our role may not read it. */
  readonly systemIdentifier: string | null;
  readonly timeline: string;
  readonly databaseOid: number;
  readonly lsn: string;
  /** `pg_current_snapshot()`: `xmin:xmax:list`, 64-bit numbers. */
  readonly snapshot: string;
}

/** Numbers of transactions from right after a full's snapshot, and how they ended. */
export interface TransactionMark {
  readonly committed: readonly string[];
  readonly aborted: readonly string[];
}

export interface ColumnFacts {
  readonly name: string;
  readonly number: number;
  readonly type: number;
  readonly modifier: number;
  readonly collation: number;
  readonly generated: boolean;
  readonly notNull: boolean;
  /** The value that rows from before the column have without holding it. */
  readonly missing: string | null;
}

export interface KeyColumn {
  readonly name: string;
  /** The index's own idea of equal: `pg_catalog.=`. */
  readonly operator: string;
  /** Qualified and quoted; null: the type has none. */
  readonly collation: string | null;
}

/** A table with what its rows are told apart by. */
export interface TableFacts {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly accessMethod: string;
  readonly columns: readonly ColumnFacts[];
  /** null: no unique index over columns that are never NULL. */
  readonly key: readonly KeyColumn[] | null;
}

/** How a table's rows are sorted into buckets by their key. */
export interface Bucketing {
  /** Whole numbers that are neighbours share a bucket, so many of them. */
  readonly width: number;
  /** A power of two. */
  readonly count: number;
}

/** A table as the full backup found it; its buckets lie in the base file at `offset`. */
export interface TableBase extends TableFacts {
  /** null: one bucket for the whole table. */
  readonly bucketing: Bucketing | null;
  readonly rows: number;
  readonly hash: string;
  readonly offset: number;
  readonly bytes: number;
}

export interface LargeObjectFacts extends LargeObjectsReading {
  /** Owners and grants. */
  readonly rights: string;
}

/** All that an incremental must know of its full, beside the buckets: the first line of `<id>.base.zst`. */
export interface BaseFacts {
  readonly formatVersion: 1;
  readonly backup: string;
  readonly fingerprintAlgorithm: string;
  readonly server: ServerMoment;
  /** Missing in bases of earlier versions. */
  readonly mark?: TransactionMark;
  /** `pg_dump --schema-only`; null: it changed while it was dumped. */
  readonly schemaSql: string | null;
  readonly rolesSql: string;
  readonly properties: DatabaseProperties;
  readonly extensions: readonly Extension[];
  /** Of the rows that extensions have `pg_dump` keep for their users; missing in bases of earlier versions. */
  readonly extensionRows?: string;
  readonly sequences: readonly SequenceReading[];
  readonly largeObjects: LargeObjectFacts | null;
  readonly filledViews: readonly string[];
  /** Those whose rows are part of the backup. */
  readonly tables: readonly TableBase[];
}

/** The sums of some rows: how many, their hashes, the hashes of their keys. */
export interface Sums {
  readonly rows: bigint;
  readonly hash: bigint;
  readonly keys: bigint;
}

export const noRows: Sums = { rows: 0n, hash: 0n, keys: 0n };

export function subtract(a: Sums, b: Sums): Sums {
  return { rows: a.rows - b.rows, hash: a.hash - b.hash, keys: a.keys - b.keys };
}

const rowsPerBucket = 64;
const mostBuckets = 65_536;
// Sums of rows that come in no order are fetched from all over the memory: only so many fit into a processor's cache. Of
// 1.2 million uuids twice as many buckets cost 38 % more time.
const mostScattered = 8192;
/** int8, int2, int4 */
const wholeNumbers = new Set([20, 21, 23]);

export function isWholeNumber(type: number): boolean {
  return wholeNumbers.has(type);
}

/** Few enough buckets for a file that stays small, many enough that a change leaves most of a table clean; null: no key. */
export function chooseBucketing({
  key,
  columns,
  estimatedRows,
}: Pick<TableFacts, 'key' | 'columns'> & { readonly estimatedRows: number }): Bucketing | null {
  if (key === null) return null;
  const isInOrder = key.every(({ name }) =>
    columns.some((column) => column.name === name && isWholeNumber(column.type)),
  );
  const most = isInOrder ? mostBuckets : mostScattered;
  const wanted = Math.max(1, estimatedRows / rowsPerBucket);
  const count = Math.min(most, 2 ** Math.ceil(Math.log2(wanted)));
  return { count, width: Math.max(rowsPerBucket, Math.ceil(estimatedRows / count)) };
}
