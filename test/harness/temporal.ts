import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { inject } from 'vitest';
import { writeFileDurably } from '../../src/system/files.ts';
import { waitForLock } from '../../src/system/lock.ts';
import { userCacheDirectory } from '../../src/config/cache.ts';
import { bundleWorkflows } from '../../src/temporal/bundle.ts';
import { findTemporalCli } from '../../src/temporal/executable.ts';

/** The shared Temporal server of this test run. */
export function testTemporal(): { address: string; namespace: string } {
  return inject('temporal');
}

/** The Temporal CLI that runs the shared server. */
export function testTemporalCli(): Promise<string> {
  return findTemporalCli({
    path: process.env['TEMPORAL_CLI_PATH'],
    cacheDirectory: userCacheDirectory(process.env),
  });
}

/** The workflow bundle, made once per test run by the first file that wants it. */
export async function testBundle(): Promise<{ code: string }> {
  const file = path.join(inject('runDirectory'), 'workflow-bundle.js');
  const lock = await waitForLock(`${file}.lock`);
  try {
    if (!existsSync(file)) await writeFileDurably(file, (await bundleWorkflows()).code);
    return { code: await readFile(file, 'utf8') };
  } finally {
    lock.release();
  }
}
