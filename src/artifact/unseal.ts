import type { Compression } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { runPipeline } from '../system/pipeline.ts';
import { decompressor } from './compression.ts';
import { asKeyError, decryptor, type Keys } from './encryption.ts';

export interface SealedContent {
  readonly file: string;
  readonly compression: Compression;
  /** Who can open it; empty where it is not encrypted. */
  readonly readers: readonly string[];
  readonly keys: Keys;
}

/** Sends what a sealed file holds into a program, by kernel pipes. Throws `key_missing`, `program_failed`, `disk_full`. */
export async function unsealInto(
  { file, compression, readers, keys }: SealedContent,
  into: readonly string[],
  { signal }: { readonly signal: AbortSignal },
): Promise<void> {
  if (readers.length === 0) {
    await runPipeline([decompressor(compression, file), into], { signal });
    return;
  }
  const { command, secret } = decryptor(keys, readers, file);
  const stages = [command, decompressor(compression), into];
  try {
    await runPipeline(stages, { signal, ...(secret === undefined ? {} : { secret }) });
  } catch (error) {
    throw error instanceof BackupError ? asKeyError(error, readers) : error;
  }
}
