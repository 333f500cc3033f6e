import type { BackupKind } from './backup-name.ts';
import type { SourceReading } from './source-reading.ts';

export type Compression = 'zstd' | 'gzip';

/** The file that is stored. `sha256` is of the file as it lies there. */
export interface Artifact {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly format: 'directory' | 'plain' | 'custom';
  readonly compression: Compression;
  readonly encryption: 'none' | 'age';
}

/** `<id>.manifest.json`: written when the artifact is sealed, never changed; enough to restore and compare without our catalog. */
export interface Manifest {
  readonly formatVersion: 1;
  readonly id: string;
  readonly database: string;
  readonly kind: BackupKind;
  readonly module: string | null;
  readonly base: string | null;
  readonly triggeredAt: string;
  readonly snapshotAt: string;
  readonly sealedAt: string;
  readonly writtenBy: string;
  readonly artifact: Artifact;
  /** Bytes of the dump before compression. */
  readonly dumpBytes: number;
  readonly source: SourceReading;
}
