import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { dumpPath } from '../domain/dump-layout.ts';
import type { Manifest, StoredFile } from '../domain/manifest.ts';
import { restoredFiles } from '../domain/manifest.ts';
import { BackupError } from '../errors.ts';
import { sha256Of } from '../system/sha256.ts';
import type { Keys } from './encryption.ts';
import { unsealInto } from './unseal.ts';

export interface OpenOptions {
  readonly manifest: Pick<Manifest, 'id' | 'artifact' | 'verify'>;
  /** Holds the stored files; what was sealed appears in it as a directory of its own. */
  readonly directory: string;
  /** Needed where it is encrypted. */
  readonly keys: Keys;
  readonly signal: AbortSignal;
}

/** Checks the sha256 of the stored files and unpacks them; returns the dump's directory. Throws `artifact_corrupted`, `key_missing`. */
export async function openSealedFiles(options: OpenOptions): Promise<string> {
  const { manifest, directory, signal } = options;
  const { artifact, verify, id } = manifest;
  for (const { file, sha256 } of restoredFiles(manifest))
    await requireSha256(join(directory, file), sha256, signal);
  const content = join(directory, id);
  await mkdir(content, { recursive: true, mode: 0o700 });
  const archive = verify ?? (artifact.format === 'directory' ? artifact : undefined);
  if (archive) await unpack(options, archive, ['tar', '--extract', '--file', '-', '-C', directory]);
  if (archive !== artifact) {
    const dump = join(content, dumpPath(artifact.format));
    await unpack(options, artifact, intoFile(dump));
  }
  return content;
}

/** Checks the sha256 of one stored file and unpacks it. Throws `artifact_corrupted`, `key_missing`. */
export async function openSealedFile(
  options: OpenOptions,
  stored: StoredFile,
  into: string,
): Promise<void> {
  await requireSha256(join(options.directory, stored.file), stored.sha256, options.signal);
  await unpack(options, stored, intoFile(into));
}

function intoFile(file: string): string[] {
  return ['dd', `of=${file}`, 'bs=1M', 'status=none'];
}

async function unpack(
  { manifest, directory, keys, signal }: OpenOptions,
  { file }: StoredFile,
  into: readonly string[],
): Promise<void> {
  const { compression, readers = [] } = manifest.artifact;
  const sealed = { file: join(directory, file), compression, readers, keys };
  await unsealInto(sealed, into, { signal });
}

async function requireSha256(file: string, expected: string, signal: AbortSignal): Promise<void> {
  const got = await sha256Of(file, { signal });
  if (got === expected) return;
  throw new BackupError(
    'artifact_corrupted',
    `artifact '${basename(file)}' is damaged: expected sha256 ${expected}, got ${got}`,
    { hint: 'use another copy or an older backup, and check the disk it lies on' },
  );
}
