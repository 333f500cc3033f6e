import type { DumpFormat } from '../domain/dump-layout.ts';
import type { Compression, Encryption } from '../domain/manifest.ts';

/** The name of an artifact; read and written here alone. */
export function artifactFile(
  id: string,
  { format, ...sealing }: Sealing & { format: DumpFormat },
): string {
  const ending = { directory: 'tar', plain: 'sql', custom: 'dump' }[format];
  return `${id}.${ending}.${endingOf(sealing)}`;
}

/** The name of what lies beside an artifact that is no directory: all that its test restore needs. */
export function verifyFile(id: string, sealing: Sealing): string {
  return `${id}.verify.tar.${endingOf(sealing)}`;
}

/** The name of what lies beside a full for its incrementals. */
export function baseFile(id: string, sealing: Sealing): string {
  return `${id}.base.${endingOf(sealing)}`;
}

/** The name of a backup of the catalog itself. */
export function catalogFile(id: string, sealing: Sealing): string {
  return `${id}.jsonl.${endingOf(sealing)}`;
}

/** How a file was sealed. */
export interface Sealing {
  readonly compression: Compression;
  readonly encryption: Encryption;
}

function endingOf({ compression, encryption }: Sealing): string {
  return `${{ zstd: 'zst', gzip: 'gz' }[compression]}${encryption === 'age' ? '.age' : ''}`;
}

/** The program that compresses standard input to standard output; zstd uses all cores. */
export function compressor(compression: Compression, level: number): string[] {
  return compression === 'zstd'
    ? ['zstd', '--quiet', '-T0', ...(level > 19 ? ['--ultra'] : []), `-${level}`]
    : ['gzip', `-${Math.min(level, 9)}`];
}

/** The program that writes the contents of a compressed file, or of standard input, to standard output. */
export function decompressor(compression: Compression, file?: string): string[] {
  const from = file === undefined ? [] : ['--', file];
  return compression === 'zstd'
    ? ['zstd', '--quiet', '--decompress', '--stdout', ...from]
    : ['gzip', '--decompress', '--stdout', ...from];
}
