import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Compression } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { syncDirectory } from '../system/files.ts';
import { runPipeline } from '../system/pipeline.ts';
import { sha256Of } from '../system/sha256.ts';
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
  /** All is written; now it is read back. */
  readonly onReadBack: () => void;
}

export interface SealedFile {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Makes one compressed file: `tar | zstd` by kernel pipes under a temporary name; then what is on disk is read back, hashed
 * and compared with what it was made from, and renamed when it is the same. Throws `artifact_corrupted`.
 */
export async function seal(options: SealOptions): Promise<SealedFile> {
  const { file } = options;
  const partial = `${file}${partialEnding}`;
  try {
    await pack(options, partial);
    options.onReadBack();
    const sha256 = await readBack({ ...options, file: partial });
    const { size } = await stat(partial);
    await rename(partial, file);
    await syncDirectory(dirname(file));
    return { bytes: size, sha256 };
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

const partialEnding = '.partial';

// Side by side, because no one of them uses the machine; all have ended when the first failure is thrown.
async function readBack(options: SealOptions): Promise<string> {
  const { file, signal } = options;
  const tasks = [
    sha256Of(file, { signal }),
    compareSealedFile(options),
    syncDirectory(file),
  ] as const;
  await Promise.allSettled(tasks);
  const [sha256] = await Promise.all(tasks);
  return sha256;
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
      `the sealed file '${basename(file, partialEnding)}' differs from the dump it was made from`,
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

async function pack(options: SealOptions, partial: string): Promise<void> {
  await runPipeline([reader(options), compressor(options.compression, options.level)], {
    signal: options.signal,
    output: partial,
    onStderrLine: (line) => {
      const records = /^tar: (\d+)$/.exec(line)?.[1];
      if (records !== undefined) options.onBytes(Number(records) * tarRecordBytes);
      return records !== undefined;
    },
  });
}

function reader({ directory, member, as }: SealOptions): string[] {
  if (as === 'file') return ['cat', '--', join(directory, member)];
  return [
    ...['tar', '--create', '--file', '-', '--format=posix', '--sort=name'],
    ...[`--checkpoint=${recordsPerCheckpoint}`, '--checkpoint-action=echo=%u'],
    ...['--directory', directory, '--', member],
  ];
}
