import type pg from 'pg';
import { isEqual, noRows, type Sums, type TableBase } from '../../domain/incremental/base.ts';
import { judgeBucket } from '../../domain/incremental/trust.ts';
import type { Fingerprint } from '../../domain/source-reading.ts';
import { parseBucket, type Base, type Bucket } from './base-file.ts';
import { bucketsSql, isIn, looksNew, type BucketedTable } from './buckets.ts';
import { copyLines } from './copy-lines.ts';

/** How a table's rows differ from the full's; numbers only, however large the table is. */
export interface RowChanges {
  readonly fingerprint: Fingerprint;
  /** Buckets whose rows that look new are written. */
  readonly dirty: readonly number[];
  /** Those of them in which rows are missing without having been changed: the keys that are still there are listed. */
  readonly keyed: readonly number[];
  readonly freshRows: number;
}

/** Compares a table with its buckets in the base; a text says why what was found cannot be told from rows. */
export async function compareBuckets(options: {
  readonly client: pg.Client;
  readonly base: Base;
  readonly table: BucketedTable;
  readonly was: TableBase;
  readonly firstNew: bigint;
  readonly signal: AbortSignal;
}): Promise<RowChanges | string> {
  const { client, table, firstNew, signal } = options;
  const { fingerprint, dirty } = await findDirty(options);
  if (dirty.size === 0) return { fingerprint, dirty: [], keyed: [], freshRows: 0 };
  const where = ` WHERE ${looksNew(firstNew)} AND ${isIn(table, [...dirty.keys()])}`;
  const fresh = new Map<number, Sums>();
  for await (const { number, sums } of bucketsOf(client, bucketsSql(table, where), signal))
    fresh.set(number, sums);
  const keyed: number[] = [];
  for (const [number, { was, now }] of dirty) {
    const verdict = judgeBucket(was, now, fresh.get(number) ?? noRows);
    if (verdict === 'keys') keyed.push(number);
    if (verdict === 'untrusted') return untrusted(table);
  }
  const freshRows = [...fresh.values()].reduce((sum, { rows }) => sum + Number(rows), 0);
  return { fingerprint, dirty: [...dirty.keys()], keyed, freshRows };
}

function untrusted({ facts: { schema, name } }: BucketedTable): string {
  return `rows of table '${schema}.${name}' changed without looking new: it was rewritten, or its storage set back`;
}

interface Difference {
  readonly was: Sums;
  readonly now: Sums;
}

async function findDirty({
  client,
  base,
  table,
  was,
  signal,
}: Parameters<typeof compareBuckets>[0]): Promise<{
  fingerprint: Fingerprint;
  dirty: Map<number, Difference>;
}> {
  const dirty = new Map<number, Difference>();
  let [rows, hash] = [0, 0n];
  const present = bucketsOf(client, bucketsSql(table), signal);
  for await (const [number, before, now] of merge(base.buckets(was), present)) {
    rows += Number(now.rows);
    hash += now.hash;
    if (!isEqual(before, now)) dirty.set(number, { was: before, now });
  }
  return { fingerprint: { rows, hash: String(hash) }, dirty };
}

async function* bucketsOf(
  client: pg.Client,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<Bucket, void> {
  for await (const lines of copyLines(client, sql, signal))
    for (const line of lines.trimEnd().split('\n')) yield parseBucket(line);
}

/** Both come in the order of their numbers. */
async function* merge(
  before: AsyncGenerator<Bucket, void>,
  now: AsyncGenerator<Bucket, void>,
): AsyncGenerator<[number, Sums, Sums], void> {
  try {
    let [left, right] = [await next(before), await next(now)];
    while (left || right) {
      const number = Math.min(numberOf(left), numberOf(right));
      const [was, is] = [sumsOf(left, number), sumsOf(right, number)];
      yield [number, was ?? noRows, is ?? noRows];
      if (was) left = await next(before);
      if (is) right = await next(now);
    }
  } finally {
    await Promise.all([before.return(), now.return()]);
  }
}

function numberOf(bucket: Bucket | undefined): number {
  return bucket?.number ?? Infinity;
}

function sumsOf(bucket: Bucket | undefined, number: number): Sums | undefined {
  return bucket?.number === number ? bucket.sums : undefined;
}

async function next(buckets: AsyncGenerator<Bucket, void>): Promise<Bucket | undefined> {
  return (await buckets.next()).value ?? undefined;
}
