import { appendFileSync, renameSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';

export interface BoundedLog {
  readonly file: string;
  /** The last lines, for an error's detail. */
  tail(lines?: number): string;
}

/** Writes what a long-running program prints into a file that is kept below `limit` bytes, with one older one beside it. */
export function boundedLog(
  file: string,
  source: Readable,
  { limit = 4 * 1024 * 1024 } = {},
): BoundedLog {
  let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let recent = '';
  source.on('data', (chunk: Buffer) => {
    recent = (recent + chunk.toString()).slice(-16 * 1024);
    if (size + chunk.length > limit) {
      if (size > 0) renameSync(file, `${file}.1`);
      size = 0;
    }
    appendFileSync(file, chunk, { mode: 0o600 });
    size += chunk.length;
  });
  return { file, tail: (lines = 20) => recent.trimEnd().split('\n').slice(-lines).join('\n') };
}
