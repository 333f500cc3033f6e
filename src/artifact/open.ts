import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Artifact } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { runPipeline } from '../system/pipeline.ts';
import { decompressor } from './compression.ts';

export interface OpenOptions {
  readonly file: string;
  readonly artifact: Artifact;
  /** An empty directory of ours; the artifact's own directory appears in it. */
  readonly into: string;
  readonly id: string;
  readonly signal: AbortSignal;
}

/** Checks a sealed file's sha256 and unpacks it; returns the unpacked directory. Throws `artifact_corrupted`. */
export async function openSealedFile(options: OpenOptions): Promise<string> {
  const { file, artifact, into, id, signal } = options;
  await requireSha256(file, artifact.sha256, signal);
  await mkdir(into, { recursive: true, mode: 0o700 });
  await runPipeline(
    [
      decompressor(artifact.compression, file),
      ['tar', '--extract', '--file', '-', '--directory', into],
    ],
    { signal },
  );
  return join(into, id);
}

/** Throws `artifact_corrupted` unless the file has this sha256. */
export async function requireSha256(
  file: string,
  expected: string,
  signal: AbortSignal,
): Promise<void> {
  const got = (await runPipeline([['cat', '--', file], ['sha256sum']], { signal })).slice(0, 64);
  if (got === expected) return;
  throw new BackupError(
    'artifact_corrupted',
    `artifact '${basename(file)}' is damaged: expected sha256 ${expected}, got ${got}`,
    { hint: 'use another copy or an older backup, and check the disk it lies on' },
  );
}
