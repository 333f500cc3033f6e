import { rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Compression } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { renameDurably } from '../system/files.ts';
import { runPipeline } from '../system/pipeline.ts';
import { compressor, decompressor } from './compression.ts';

export interface SealOptions {
  /** The directory that holds what is sealed. */
  readonly directory: string;
  /** What of it: a directory, packed with `tar` under this path, or a file, compressed as it is. */
  readonly member: string;
  readonly as: 'tar' | 'file';
  /** Path of the sealed file; it appears whole or not at all. */
  readonly file: string;
  readonly compression: Compression;
  readonly level: number;
  readonly signal: AbortSignal;
  /** Bytes of the dump read so far. */
  readonly onBytes: (bytes: number) => void;
}

export interface SealedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/** Makes one compressed file: `tar | zstd` by kernel pipes, its sha256 taken on the way, temp name, fsync, rename. */
export async function seal(options: SealOptions): Promise<SealedFile> {
  const partial = `${options.file}.partial`;
  try {
    const sha256 = await pack(options, partial);
    await renameDurably(partial, options.file);
    const { size } = await stat(options.file);
    return { bytes: size, sha256 };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/**
 * Reads a sealed file back through the same pipe and compares it, byte for byte, with what it was made from:
 * what is proven from there is then what is stored. Throws `artifact_corrupted`.
 */
export async function compareSealedFile(
  options: Pick<SealOptions, 'directory' | 'member' | 'as' | 'file' | 'compression' | 'signal'>,
): Promise<void> {
  const { directory, member, as, file, compression, signal } = options;
  const compare =
    as === 'tar'
      ? ['tar', '--compare', '--file', '-', '--directory', directory]
      : ['cmp', '--', '-', join(directory, member)];
  try {
    await runPipeline([decompressor(compression, file), compare], { signal });
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'program_failed') throw error;
    throw new BackupError(
      'artifact_corrupted',
      `the sealed file '${basename(file)}' differs from the dump it was made from`,
      {
        hint: 'is the disk or the memory of this machine faulty? the backup is repeated',
        ...(error.detail === undefined ? {} : { detail: error.detail }),
        cause: error,
      },
    );
  }
}

const tarRecordBytes = 10_240;
const recordsPerCheckpoint = 1000;

async function pack(options: SealOptions, partial: string): Promise<string> {
  const output = await runPipeline(
    [
      reader(options),
      compressor(options.compression, options.level),
      ['tee', '--', partial],
      ['sha256sum'],
    ],
    {
      signal: options.signal,
      onStderrLine: (line) => {
        const records = /^tar: (\d+)$/.exec(line)?.[1];
        if (records !== undefined) options.onBytes(Number(records) * tarRecordBytes);
        return records !== undefined;
      },
    },
  );
  return output.slice(0, 64);
}

function reader({ directory, member, as }: SealOptions): string[] {
  if (as === 'file') return ['cat', '--', join(directory, member)];
  return [
    ...['tar', '--create', '--file', '-', '--format=posix', '--sort=name'],
    ...[`--checkpoint=${recordsPerCheckpoint}`, '--checkpoint-action=echo=%u'],
    ...['--directory', directory, '--', member],
  ];
}
