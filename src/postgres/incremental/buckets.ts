import { escapeIdentifier } from 'pg';
import { isWholeNumber, type Bucketing, type TableFacts } from '../../domain/incremental/base.ts';
import { rowHash } from '../row-hash.ts';
import type { TableDescription } from '../tables.ts';

/** A table whose buckets are read: what it is made of, and how its rows are sorted into buckets. */
export interface BucketedTable {
  readonly table: TableDescription;
  readonly facts: TableFacts;
  /** null: one bucket for the whole table. */
  readonly bucketing: Bucketing | null;
}

/**
 * A query that gives for each bucket, in order: its number, rows, sum of the rows' hashes, sum of their keys' hashes; with
 * `firstNew` then the same of those rows that look new. From a subquery that is kept apart (`OFFSET '0'`: a constant before
 * planning, else nothing is read in parallel) PostgreSQL expects few groups, and each process adds up in memory. Without,
 * it expects one for each key and sorts all rows.
 */
export function bucketsSql(table: BucketedTable, firstNew?: bigint): string {
  const { bucketing } = table;
  const row = rowHash(table.table.columns);
  const key = bucketing === null ? '0::int8' : rowHash(keyColumns(table));
  const isNew = firstNew === undefined ? null : looksNew(firstNew);
  const from = `FROM ONLY ${qualified(table.facts)} t`;
  if (bucketing === null || bucketing.count === 1)
    return `SELECT 0, ${sumsOf(row, key, isNew)} ${from}`;
  const flag = isNew === null ? '' : `, ${isNew} AS is_new`;
  const hashes = `${bucketOf(table)} AS bucket, ${row} AS row_hash, ${key} AS key_hash${flag}`;
  const sums = sumsOf('row_hash', 'key_hash', isNew && 'is_new');
  return `SELECT bucket, ${sums} FROM (SELECT ${hashes} ${from} OFFSET '0') r GROUP BY 1 ORDER BY 1`;
}

function sumsOf(row: string, key: string, isNew: string | null): string {
  const of = (filter: string): string =>
    [`count(*)${filter}`, ...[row, key].map((hash) => `coalesce(sum(${hash})${filter}, 0)`)].join(
      ', ',
    );
  return isNew === null ? of('') : `${of('')}, ${of(` FILTER (WHERE ${isNew})`)}`;
}

/**
 * The number of a row's bucket. Neighbours by whole numbers share one, so that what is added in order leaves all older
 * buckets clean; everything else is spread by its hash.
 */
export function bucketOf(table: BucketedTable): string {
  const { bucketing } = table;
  if (bucketing === null || bucketing.count === 1) return '0';
  const columns = keyColumns(table);
  const others = columns.filter(({ baseType }) => !isWholeNumber(baseType));
  const hash = columns
    .filter(({ baseType }) => isWholeNumber(baseType))
    .reduce(
      (seed, { name }) =>
        `hashint8extended(${escapeIdentifier(name)}::int8 / ${bucketing.width}, ${seed})`,
      rowHash(others),
    );
  return `(${hash} & ${bucketing.count - 1})::int4`;
}

function keyColumns({ table, facts }: BucketedTable): TableDescription['columns'] {
  const names = new Set((facts.key ?? []).map(({ name }) => name));
  return table.columns.filter(({ name }) => names.has(name));
}

/**
 * Whether a row looks as if it were written after the full's snapshot was taken: its number is one of the 2^31 from
 * `firstNew` on, modulo 2^32. Numbers of transactions have no order in SQL, their bytes have; their text costs four times
 * as much, and `age` forbids that a table is read in parallel.
 */
export function looksNew(firstNew: bigint): string {
  const end = (firstNew + 2n ** 31n) % 2n ** 32n;
  const [from, until] = [`>= ${bytesOf(firstNew)}`, `< ${bytesOf(end)}`];
  const number = 'xidsend(t.xmin)';
  return `(${number} ${from} ${firstNew < end ? 'AND' : 'OR'} ${number} ${until})`;
}

function bytesOf(transaction: bigint): string {
  return `'\\x${transaction.toString(16).padStart(8, '0')}'::bytea`;
}

/** In SQL, for any number of buckets: a set that is looked up by hash. */
export function isIn(table: BucketedTable, buckets: readonly number[]): string {
  if (table.bucketing === null || table.bucketing.count === 1) return 'true';
  return `${bucketOf(table)} IN (SELECT unnest('{${buckets.join(',')}}'::int4[]))`;
}

export function qualified({ schema, name }: { schema: string; name: string }): string {
  return `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`;
}
