import type pg from 'pg';
import { noRows, subtract, type TableBase } from '../../domain/incremental/base.ts';
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
  const { client, base, table, was, firstNew, signal } = options;
  const comparison = startComparison(was, await base.buckets(was));
  // All of it is read, also behind what cannot be trusted: a query that is left alone keeps its session busy.
  for await (const lines of copyLines(client, bucketsSql(table, firstNew), signal))
    for (const line of lines.trimEnd().split('\n')) comparison.take(line);
  return comparison.end() ?? untrusted(table);
}

/** Takes the buckets that there are now; both sides come in the order of their numbers, each as the line that was printed. */
function startComparison(
  table: TableBase,
  before: readonly string[],
): { take(line: string): void; end(): RowChanges | null } {
  let [rows, hash, freshRows] = [table.rows, BigInt(table.hash), 0];
  const [dirty, keyed] = [[] as number[], [] as number[]];
  let [at, isTrusted] = [0, true];
  const compare = (was: Bucket, now: Bucket): void => {
    const number = Math.max(was.number, now.number);
    const change = subtract(now.sums, was.sums);
    rows += Number(change.rows);
    hash += change.hash;
    const verdict = judgeBucket(was.sums, now.sums, now.fresh);
    if (verdict === 'untrusted') isTrusted = false;
    if (verdict === 'keys') keyed.push(number);
    dirty.push(number);
    freshRows += Number(now.fresh.rows);
  };
  const emptied = (until: number): void => {
    for (; numberOf(before[at]) < until; at++) compare(parseBucket(before[at] ?? ''), noBucket);
  };
  return {
    take: (line) => {
      const number = numberOf(line);
      emptied(number);
      const was = numberOf(before[at]) === number ? before[at++] : undefined;
      if (was === undefined) compare(noBucket, parseBucket(line));
      else if (!isUnchanged(was, line)) compare(parseBucket(was), parseBucket(line));
    },
    end: () => {
      emptied(Infinity);
      if (!isTrusted) return null;
      return { fingerprint: { rows, hash: String(hash) }, dirty, keyed, freshRows };
    },
  };
}

const noBucket: Bucket = { number: -1, sums: noRows, fresh: noRows };

/** By their text: of most buckets no number has to be made. Behind the same sums stand those of the rows that look new. */
function isUnchanged(was: string, now: string): boolean {
  return now.startsWith(was) && now[was.length] === '\t';
}

function numberOf(line: string | undefined): number {
  return line === undefined ? Infinity : Number.parseInt(line, 10);
}

function untrusted({ facts: { schema, name } }: BucketedTable): string {
  return `rows of table '${schema}.${name}' changed without looking new: it was rewritten, or its storage set back`;
}
