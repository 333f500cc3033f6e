import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Compression } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { syncDirectory } from '../system/files.ts';
import { runPipeline } from '../system/pipeline.ts';
import { sha256Of } from '../system/sha256.ts';
import { compressor } from './compression.ts';
import { encryptor, hasKey, sealedFor, type Keys } from './encryption.ts';
import { unsealInto } from './unseal.ts';

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
  /** For whom it is encrypted, and with what it is read back. */
  readonly keys: Keys;
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
 * Makes one compressed file: `tar | zstd | age` by kernel pipes under a temporary name; then what is on disk is read back,
 * hashed and compared with what it was made from, and renamed when it is the same. Where it is encrypted and the key is
 * elsewhere, its hash is compared with the one taken on the way. Throws `artifact_corrupted`, `key_missing`.
 */
export async function seal(options: SealOptions): Promise<SealedFile> {
  const { file } = options;
  const partial = `${file}${partialEnding}`;
  try {
    const sent = await pack(options, partial);
    options.onReadBack();
    const sha256 = await readBack({ ...options, file: partial }, sent);
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
async function readBack(options: SealOptions, sent: string | undefined): Promise<string> {
  const { file, signal } = options;
  const tasks = [
    sha256Of(file, { signal }),
    sent === undefined ? compareSealedFile(options) : Promise.resolve(),
    syncDirectory(file),
  ] as const;
  await Promise.allSettled(tasks);
  const [sha256] = await Promise.all(tasks);
  if (sent !== undefined && sent !== sha256) {
    throw corrupted(file, `it should have sha256 ${sent}, has ${sha256}`);
  }
  return sha256;
}

/**
 * Reads a sealed file back through the same pipe and compares it, byte for byte, with what it was made from:
 * what is proven from there is then what is stored. Throws `artifact_corrupted`.
 */
export async function compareSealedFile(
  options: Omit<SealOptions, 'level' | 'onBytes' | 'onReadBack'>,
): Promise<void> {
  const { directory, member, as, file, signal } = options;
  const compare =
    as === 'tar'
      ? ['tar', '--compare', '--file', '-', '--directory', directory]
      : ['cmp', '--', '-', join(directory, member)];
  try {
    await unsealInto({ ...options, readers: sealedFor(options.keys) }, compare, { signal });
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'program_failed') throw error;
    throw corrupted(file, error.detail);
  }
}

function corrupted(file: string, detail: string | undefined): BackupError {
  return new BackupError(
    'artifact_corrupted',
    `the sealed file '${basename(file, partialEnding)}' differs from the dump it was made from`,
    {
      hint: 'is the disk or the memory of this machine faulty? the backup is repeated',
      ...(detail === undefined ? {} : { detail }),
    },
  );
}

const tarRecordBytes = 10_240;
const recordsPerCheckpoint = 1000;

/** Gives the sha256 of what was written, where it cannot be read back for want of the key. */
async function pack(options: SealOptions, partial: string): Promise<string | undefined> {
  const { compression, level, keys, signal } = options;
  const encrypting = encryptor(keys);
  const isReadBack = hasKey(keys, sealedFor(keys));
  const stages = [
    reader(options),
    compressor(compression, level),
    ...(encrypting ? [encrypting.command] : []),
    ...(isReadBack ? [] : [['tee', '--', partial], ['sha256sum']]),
  ];
  const printed = await runPipeline(stages, {
    signal,
    ...(isReadBack ? { output: partial } : {}),
    ...(encrypting?.secret === undefined ? {} : { secret: encrypting.secret }),
    onStderrLine: (line) => {
      const records = /^tar: (\d+)$/.exec(line)?.[1];
      if (records !== undefined) options.onBytes(Number(records) * tarRecordBytes);
      return records !== undefined;
    },
  });
  return isReadBack ? undefined : printed.split(' ')[0];
}

function reader({ directory, member, as }: SealOptions): string[] {
  if (as === 'file') return ['cat', '--', join(directory, member)];
  return [
    ...['tar', '--create', '--file', '-', '--format=posix', '--sort=name'],
    ...[`--checkpoint=${recordsPerCheckpoint}`, '--checkpoint-action=echo=%u'],
    ...['--directory', directory, '--', member],
  ];
}
