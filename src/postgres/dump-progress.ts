import { readdir, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { directoryUsage, unlessMissing } from '../system/files.ts';

export interface DumpProgress {
  readonly step: string;
  /** Written so far, before compression. */
  readonly bytes: number;
  /** Tables whose rows are written or being written. */
  readonly tables: number;
  readonly totalTables: number | null;
}

/** Reports about once a second how far pg_dump is in this directory or file, until the signal is aborted. */
export async function reportDumpProgress(
  target: string,
  signal: AbortSignal,
  report: (progress: { bytes: number; tables: number }) => void,
): Promise<undefined> {
  while (!signal.aborted) {
    const begun = performance.now();
    const bytes = (await fileBytes(target)) ?? (await directoryUsage(target)).bytes;
    const tables = (await names(target)).filter((name) => /^\d+\.dat$/.test(name)).length;
    report({ bytes, tables });
    // Looking at very many files takes long itself: never more than a tenth of the time.
    const pause = Math.max(1000, 10 * (performance.now() - begun));
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/**
 * Waits until pg_dump has read the whole schema and begins with the rows; until the signal is aborted at the latest.
 * It writes the table of contents exactly between the two: a file of its own in a directory, the head of a single file.
 */
export async function untilSchemaIsRead(target: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await hasContents(target))) {
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}

async function hasContents(target: string): Promise<boolean> {
  const bytes = await fileBytes(target);
  return bytes === undefined ? (await names(target)).includes('toc.dat') : bytes > 0;
}

/** undefined: it is a directory, or not there yet. */
async function fileBytes(target: string): Promise<number | undefined> {
  const found = await unlessMissing(stat(target));
  return found?.isFile() ? found.size : undefined;
}

/** None: pg_dump has not begun, or writes one file. */
async function names(directory: string): Promise<string[]> {
  return (await unlessMissing(readdir(directory))) ?? [];
}
