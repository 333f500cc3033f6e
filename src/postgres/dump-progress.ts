import { readdir } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { directoryUsage, hasCode } from '../system/files.ts';

export interface DumpProgress {
  readonly step: string;
  /** Written so far, before compression. */
  readonly bytes: number;
  /** Tables whose rows are written or being written. */
  readonly tables: number;
  readonly totalTables: number | null;
}

/** Reports about once a second how far pg_dump is in this directory, until the signal is aborted. */
export async function reportDumpProgress(
  directory: string,
  signal: AbortSignal,
  report: (progress: { bytes: number; tables: number }) => void,
): Promise<undefined> {
  while (!signal.aborted) {
    const begun = performance.now();
    const { bytes } = await directoryUsage(directory);
    const tables = (await names(directory)).filter((name) => /^\d+\.dat$/.test(name)).length;
    report({ bytes, tables });
    // Looking at very many files takes long itself: never more than a tenth of the time.
    const pause = Math.max(1000, 10 * (performance.now() - begun));
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}

/**
 * Waits until pg_dump has read the whole schema and begins with the rows; until the signal is aborted at the latest.
 * It writes the table of contents exactly between the two.
 */
export async function untilSchemaIsRead(directory: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await names(directory)).includes('toc.dat')) {
    await sleep(100, undefined, { signal }).catch(() => undefined);
  }
}

async function names(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []; // pg_dump has not begun yet
    throw error;
  }
}
