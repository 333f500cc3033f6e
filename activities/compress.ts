import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { artifactFile } from '../src/artifact/compression.ts';
import { compareSealedFile, sealDirectory } from '../src/artifact/seal.ts';
import { databaseSettings } from '../src/config.ts';
import type { Manifest } from '../src/domain/manifest.ts';
import type { Run, Sealed } from '../src/domain/run.ts';
import type { SourceReading } from '../src/domain/source-reading.ts';
import { directoryUsage, hasCode, writeFileDurably } from '../src/system/files.ts';
import { version } from '../src/version.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting, type Report } from './reporting.ts';
import { workspaceOf, type Workspace } from './workspace.ts';

/** Seals the dump into one file, reads it back, and writes the manifest last; a sealed one is not sealed again. */
export function compress(deps: Dependencies) {
  return async (run: Run): Promise<Sealed> =>
    reporting(deps, 'compress', run.id, async (report) => {
      const place = workspaceOf(deps.settings(), run.id);
      const manifest = (await readManifest(place)) ?? (await seal(deps, run, place, report));
      const { sealedAt, artifact } = manifest;
      return { sealedAt, bytes: artifact.bytes, sha256: artifact.sha256 };
    });
}

/** The manifest of a sealed artifact; undefined while there is none. */
export async function readManifest(place: Workspace): Promise<Manifest | undefined> {
  try {
    return JSON.parse(await readFile(place.manifest, 'utf8')) as Manifest;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function seal(
  { settings }: Dependencies,
  run: Run,
  place: Workspace,
  report: Report,
): Promise<Manifest> {
  const { algorithm, level } = databaseSettings(settings(), run.database).compression;
  const artifact = join(place.root, artifactFile(run.id, algorithm));
  const { bytes: totalBytes } = await directoryUsage(place.content);
  const file = {
    directory: place.content,
    file: artifact,
    compression: algorithm,
    signal: report.signal,
  };
  const sealed = await sealDirectory({
    ...file,
    level,
    onBytes: (bytes) => report({ bytes, totalBytes, step: 'sealing' }),
  });
  report({ step: 'reading the sealed file back' });
  await compareSealedFile(file);
  const source = JSON.parse(
    await readFile(join(place.content, 'verify', 'source.json'), 'utf8'),
  ) as SourceReading;
  const { id, database, kind, module, triggeredAt } = run;
  const manifest: Manifest = {
    formatVersion: 1,
    ...{ id, database, kind, module, base: null, triggeredAt },
    snapshotAt: source.snapshotAt,
    sealedAt: sealed.sealedAt,
    writtenBy: `pma-backup ${version}`,
    artifact: {
      file: basename(artifact),
      bytes: sealed.bytes,
      sha256: sealed.sha256,
      format: 'directory',
      compression: algorithm,
      encryption: 'none',
    },
    dumpBytes: totalBytes,
    source,
  };
  await writeFileDurably(place.manifest, `${JSON.stringify(manifest, null, 1)}\n`);
  return manifest;
}
