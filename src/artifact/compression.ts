import type { Compression } from '../domain/manifest.ts';

/** File name endings of sealed directories; read and written here alone. */
export function artifactFile(id: string, compression: Compression): string {
  return `${id}.tar.${compression === 'zstd' ? 'zst' : 'gz'}`;
}

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
