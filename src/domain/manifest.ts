import type { BackupKind } from './backup-name.ts';
import type { DumpFormat } from './dump-layout.ts';
import type { SourceReading } from './source-reading.ts';

export type Compression = 'zstd' | 'gzip';
export type Encryption = 'none' | 'age';

/** A file that is stored. `sha256` is of the file as it lies there. */
export interface StoredFile {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** The file that is restored. */
export interface Artifact extends StoredFile {
  readonly format: DumpFormat;
  readonly compression: Compression;
  readonly encryption: Encryption;
  /** The public keys whose private keys open it, or `passphrase`; absent where it is not encrypted. */
  readonly readers?: readonly string[];
}

/** `<id>.manifest.json`: written when the artifact is sealed, never changed; enough to restore and compare without our catalog. */
export interface Manifest {
  readonly formatVersion: 1;
  readonly id: string;
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
  readonly base: string | null;
  /** A full in the place of an incremental: why none could follow. */
  readonly escalation?: string;
  readonly triggeredAt: string;
  readonly snapshotAt: string;
  readonly sealedAt: string;
  readonly writtenBy: string;
  readonly artifact: Artifact;
  /** What the test restore needs, where it does not fit into the artifact: a tar archive, compressed like the artifact. */
  readonly verify?: StoredFile;
  /** A full: what incrementals are found out from; needed for no restore. */
  readonly baseFile?: StoredFile;
  /** Bytes of the dump before compression. */
  readonly dumpBytes: number;
  readonly source: SourceReading;
  /** Adopted from a file that the system before us wrote: what its source held is not known. */
  readonly imported?: ImportedFile;
}

export interface ImportedFile {
  /** Its name. */
  readonly file: string;
  /** As it lay there, compressed or not. */
  readonly sha256: string;
}

/** The files that are stored for a backup, in the order in which they are stored; its manifest comes behind them. */
export function storedFiles(
  manifest: Pick<Manifest, 'artifact' | 'verify' | 'baseFile'>,
): StoredFile[] {
  const { baseFile } = manifest;
  return [...(baseFile ? [baseFile] : []), ...restoredFiles(manifest)];
}

/** Those of them that are restored from. */
export function restoredFiles({
  artifact,
  verify,
}: Pick<Manifest, 'artifact' | 'verify'>): StoredFile[] {
  return verify ? [verify, artifact] : [artifact];
}
