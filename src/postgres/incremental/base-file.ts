import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { BaseFacts, Sums, TableBase } from '../../domain/incremental/base.ts';
import { BackupError } from '../../errors.ts';
import { renameDurably } from '../../system/files.ts';
import type { ReadBuckets } from './base-reading.ts';

/** A base file that lies unpacked on this disk. */
export interface Base {
  readonly facts: BaseFacts;
  /** A table's buckets, in order, as lines: no table has more than some ten thousand. Throws `artifact_corrupted`. */
  buckets(table: TableBase): Promise<string[]>;
}

export interface Bucket {
  readonly number: number;
  readonly sums: Sums;
  /** Of those rows that look new; where they were asked for. */
  readonly fresh: Sums;
}

/** Puts a base file together: the facts in the first line, behind them the buckets of all tables. It appears whole or not at all. */
export async function writeBase(
  file: string,
  facts: Omit<BaseFacts, 'tables'>,
  { pieces }: ReadBuckets,
): Promise<void> {
  let start = 0;
  const tables = pieces.flatMap((piece) => {
    const own = piece.tables.map((table) => ({ ...table, offset: start + table.offset }));
    start += piece.tables.reduce((sum, { bytes }) => sum + bytes, 0);
    return own;
  });
  const partial = `${file}.partial`;
  const whole = { ...facts, tables } satisfies BaseFacts;
  await pipeline([`${JSON.stringify(whole)}\n`], createWriteStream(partial, { mode: 0o600 }));
  for (const piece of pieces) {
    await pipeline(createReadStream(piece.file), createWriteStream(partial, { flags: 'a' }));
    await rm(piece.file);
  }
  await renameDurably(partial, file);
}

/** Reads the facts of a base file; its buckets are read when they are asked for. Throws `artifact_corrupted`. */
export async function openBase(file: string): Promise<Base> {
  const { line, bytes } = await firstLine(file);
  let facts: BaseFacts;
  try {
    facts = JSON.parse(line) as BaseFacts;
  } catch (error) {
    throw new BackupError('artifact_corrupted', `'${file}' is no base file`, { cause: error });
  }
  return { facts, buckets: (table) => readTable(file, bytes, table) };
}

async function firstLine(file: string): Promise<{ line: string; bytes: number }> {
  const handle = await open(file);
  try {
    const pieces: Buffer[] = [];
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      const piece = chunk as Buffer;
      const end = piece.indexOf(10);
      pieces.push(end < 0 ? piece : piece.subarray(0, end));
      if (end >= 0) break;
    }
    const line = Buffer.concat(pieces);
    return { line: line.toString(), bytes: line.length + 1 };
  } finally {
    await handle.close();
  }
}

async function readTable(
  file: string,
  headBytes: number,
  { offset, bytes }: TableBase,
): Promise<string[]> {
  if (bytes === 0) return [];
  const handle = await open(file);
  try {
    const { bytesRead, buffer } = await handle.read({
      buffer: Buffer.alloc(bytes),
      position: headBytes + offset,
    });
    if (bytesRead < bytes)
      throw new BackupError('artifact_corrupted', `'${file}' ends before its last bucket`);
    return buffer.toString('latin1').trimEnd().split('\n');
  } finally {
    await handle.close();
  }
}

/** A line as the query of buckets prints it. */
export function parseBucket(line: string): Bucket {
  const [number = '', ...sums] = line.split('\t');
  return { number: Number(number), sums: sumsOf(sums.slice(0, 3)), fresh: sumsOf(sums.slice(3)) };
}

function sumsOf([rows = '0', hash = '0', keys = '0']: readonly string[]): Sums {
  return { rows: BigInt(rows), hash: BigInt(hash), keys: BigInt(keys) };
}
