import type { DumpFormat } from '../domain/dump-layout.ts';
import type { Compression } from '../domain/manifest.ts';

/** The name of an artifact; read and written here alone. */
export function artifactFile(id: string, format: DumpFormat, compression: Compression): string {
  const ending = { directory: 'tar', plain: 'sql', custom: 'dump' }[format];
  return `${id}.${ending}.${endings[compression]}`;
}

/** The name of what lies beside an artifact that is no directory: all that its test restore needs. */
export function verifyFile(id: string, compression: Compression): string {
  return `${id}.verify.tar.${endings[compression]}`;
}

const endings = { zstd: 'zst', gzip: 'gz' };

/** The program that compresses standard input to standard output; zstd uses all cores. */
export function compressor(compression: Compression, level: number): string[] {
  return compression === 'zstd'
    ? ['zstd', '--quiet', '-T0', ...(level > 19 ? ['--ultra'] : []), `-${level}`]
    : ['gzip', `-${Math.min(level, 9)}`];
}

/** The program that writes a compressed file's contents to standard output. */
export function decompressor(compression: Compression, file: string): string[] {
  return compression === 'zstd'
    ? ['zstd', '--quiet', '--decompress', '--stdout', '--', file]
    : ['gzip', '--decompress', '--stdout', '--', file];
}
