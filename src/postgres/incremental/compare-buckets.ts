import type pg from 'pg';
import { isEqual, noRows, type Sums, type TableBase } from '../../domain/incremental/base.ts';
import { judgeBucket } from '../../domain/incremental/trust.ts';
import type { Fingerprint } from '../../domain/source-reading.ts';
import { parseBucket, type Base, type Bucket } from './base-file.ts';
import { bucketsSql, type BucketedTable } from './buckets.ts';
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

/**
 * Compares a table with its buckets in the base, in one pass over its rows; a text says why what was found cannot be told
 * from rows.
 */
export async function compareBuckets(options: {
  readonly client: pg.Client;
  readonly base: Base;
  readonly table: BucketedTable;
  readonly was: TableBase;
  readonly firstNew: bigint;
  readonly signal: AbortSignal;
}): Promise<RowChanges | string> {
  const { client, base, table, firstNew, signal } = options;
  let [rows, hash, freshRows] = [0, 0n, 0];
  const [dirty, keyed] = [[] as number[], [] as number[]];
  let isTrusted = true; // all of it is read even so: a query that is left alone keeps its session busy
  const present = bucketsOf(client, bucketsSql(table, firstNew), signal);
  for await (const { number, was, now, fresh } of merge(base.buckets(options.was), present)) {
    rows += Number(now.rows);
    hash += now.hash;
    if (isEqual(was, now)) continue;
    const verdict = judgeBucket(was, now, fresh);
    if (verdict === 'untrusted') isTrusted = false;
    if (verdict === 'keys') keyed.push(number);
    dirty.push(number);
    freshRows += Number(fresh.rows);
  }
  if (!isTrusted) return untrusted(table);
  return { fingerprint: { rows, hash: String(hash) }, dirty, keyed, freshRows };
}

function untrusted({ facts: { schema, name } }: BucketedTable): string {
  return `rows of table '${schema}.${name}' changed without looking new: it was rewritten, or its storage set back`;
}

async function* bucketsOf(
  client: pg.Client,
  sql: string,
  signal: AbortSignal,
): AsyncGenerator<Bucket, void> {
  for await (const lines of copyLines(client, sql, signal))
    for (const line of lines.trimEnd().split('\n')) yield parseBucket(line);
}

interface Compared {
  readonly number: number;
  readonly was: Sums;
  readonly now: Sums;
  /** Of those that look new. */
  readonly fresh: Sums;
}

/** Both come in the order of their numbers. */
async function* merge(
  before: AsyncGenerator<Bucket, void>,
  present: AsyncGenerator<Bucket, void>,
): AsyncGenerator<Compared, void> {
  try {
    let [left, right] = [await next(before), await next(present)];
    while (left || right) {
      const number = Math.min(numberOf(left), numberOf(right));
      const [was, is] = [at(number, left), at(number, right)];
      const { sums: now, fresh } = is ?? empty;
      yield { number, was: (was ?? empty).sums, now, fresh };
      if (was) left = await next(before);
      if (is) right = await next(present);
    }
  } finally {
    await Promise.all([before.return(), present.return()]);
  }
}

const empty = { sums: noRows, fresh: noRows };

function at(number: number, bucket: Bucket | undefined): Bucket | undefined {
  return bucket?.number === number ? bucket : undefined;
}

function numberOf(bucket: Bucket | undefined): number {
  return bucket?.number ?? Infinity;
}

async function next(buckets: AsyncGenerator<Bucket, void>): Promise<Bucket | undefined> {
  return (await buckets.next()).value ?? undefined;
}
