import { open, type FileHandle } from 'node:fs/promises';
import type pg from 'pg';
import type { TableBase } from '../../domain/incremental/base.ts';
import type { TableFingerprint } from '../../domain/source-reading.ts';
import { bucketsSql, type BucketedTable } from './buckets.ts';
import { copyLines } from './copy-lines.ts';
import { forEachTable } from './for-each-table.ts';

export interface BucketReading {
  readonly clients: readonly pg.Client[];
  readonly tables: readonly BucketedTable[];
  /** The buckets go into files of this name with an ending, one for each client. */
  readonly file: string;
  readonly signal: AbortSignal;
  readonly onTable?: (fingerprint: TableFingerprint) => void;
}

/** Buckets on disk, in pieces: a table's offset counts from the start of its piece. */
export interface ReadBuckets {
  readonly pieces: readonly { readonly file: string; readonly tables: readonly TableBase[] }[];
}

/** Reads every table once: its buckets to disk, their sum as its fingerprint. */
export async function readBuckets(options: BucketReading): Promise<ReadBuckets> {
  const { tables, file, signal } = options;
  const pieces = await forEachTable({ ...options, tables }, async (queue, client, index, stop) => {
    const piece = { file: `${file}.${index}`, tables: [] as TableBase[] };
    const handle = await open(piece.file, 'w', 0o600);
    try {
      let offset = 0;
      for (const next of queue) {
        const table = await readOne(client, next, { handle, offset, signal: stop });
        offset += table.bytes;
        piece.tables.push(table);
        const { schema, name, rows, hash } = table;
        options.onTable?.({ schema, table: name, rows, hash });
      }
    } finally {
      await handle.close();
    }
    return piece;
  });
  signal.throwIfAborted();
  return { pieces };
}

async function readOne(
  client: pg.Client,
  table: BucketedTable,
  { handle, offset, signal }: { handle: FileHandle; offset: number; signal: AbortSignal },
): Promise<TableBase> {
  const { oid, schema, name, accessMethod, columns, key } = table.facts;
  let [rows, hash, bytes] = [0, 0n, 0];
  for await (const lines of copyLines(client, bucketsSql(table), signal)) {
    for (const line of lines.trimEnd().split('\n')) {
      const [, count = '', sum = ''] = line.split('\t');
      rows += Number(count);
      hash += BigInt(sum);
    }
    bytes += (await handle.write(lines)).bytesWritten;
  }
  return {
    ...{ oid, schema, name, accessMethod, columns, key },
    bucketing: table.bucketing,
    ...{ rows, hash: String(hash), offset, bytes },
  };
}
