import type pg from 'pg';
import type { Fingerprint } from '../../domain/source-reading.ts';
import { bucketsSql, type BucketedTable } from './buckets.ts';
import { copyLines } from './copy-lines.ts';

/** The fingerprint of a table that has one bucket. */
export async function readWhole(
  client: pg.Client,
  table: BucketedTable,
  signal: AbortSignal,
): Promise<Fingerprint> {
  let line = '';
  for await (const lines of copyLines(client, bucketsSql(table), signal)) line += lines;
  const [, rows = '0', hash = '0'] = line.trimEnd().split('\t');
  return { rows: Number(rows), hash };
}
