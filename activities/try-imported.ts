import { join } from 'node:path';
import type { Settings } from '../src/config.ts';
import { dumpPath } from '../src/domain/dump-layout.ts';
import type { Manifest } from '../src/domain/manifest.ts';
import type { Proof } from '../src/domain/proof.ts';
import { BackupError } from '../src/errors.ts';
import { tryScript } from '../src/postgres/try-script.ts';
import type { Report } from './reporting.ts';
import { withScratchServer } from './prove.ts';

/** Test-restores what the system before us wrote, always on a private server: it may hold anything. Throws `conflict`. */
export async function tryImported(
  settings: Settings,
  manifest: Manifest,
  directory: string,
  report: Report,
): Promise<Proof> {
  if (manifest.kind === 'script') {
    throw new BackupError('conflict', `'${manifest.id}' is a script, no backup: it is not run`, {
      hint: `pma-backup download ${manifest.id} --plain, and read it`,
    });
  }
  const script = join(directory, dumpPath('plain'));
  return withScratchServer(settings, report, (scratch) => {
    report({ step: 'restoring' });
    const { signal } = report;
    return tryScript({ backup: manifest.id, source: manifest.source, script, scratch, signal });
  });
}
