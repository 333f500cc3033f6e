import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { artifactFile, baseFile, verifyFile } from '../src/artifact/compression.ts';
import { sealedFor } from '../src/artifact/encryption.ts';
import { seal, type SealOptions } from '../src/artifact/seal.ts';
import { databaseSettings } from '../src/config.ts';
import { describedDump, dumpPath, type DumpFormat } from '../src/domain/dump-layout.ts';
import type { Manifest, StoredFile } from '../src/domain/manifest.ts';
import type { Run, Sealed } from '../src/domain/run.ts';
import type { SourceReading } from '../src/domain/source-reading.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { directoryUsage, unlessMissing, writeFileDurably } from '../src/system/files.ts';
import { version } from '../src/version.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting, type Report } from './reporting.ts';
import { workspaceOf, type Workspace } from './workspace.ts';

/** Seals the dump, reads back what was sealed, and writes the manifest last; a sealed one is not sealed again. */
export function compress(deps: Dependencies) {
  return async (run: Run): Promise<Sealed> =>
    reporting(deps, 'compress', run.id, async (report) => {
      const place = workspaceOf(deps.settings(), run.id);
      const manifest = (await readManifest(place)) ?? (await sealAll(deps, run, place, report));
      const { sealedAt, artifact } = manifest;
      return { sealedAt, bytes: artifact.bytes, sha256: artifact.sha256 };
    });
}

/** The manifest of a sealed artifact; undefined while there is none. */
export async function readManifest(place: Workspace): Promise<Manifest | undefined> {
  const text = await unlessMissing(readFile(place.manifest, 'utf8'));
  return text === undefined ? undefined : (JSON.parse(text) as Manifest);
}

async function sealAll(
  { settings }: Dependencies,
  run: Run,
  place: Workspace,
  report: Report,
): Promise<Manifest> {
  const { encryption: keys } = settings();
  const { algorithm, level } = databaseSettings(settings(), run.database).compression;
  const readers = sealedFor(keys);
  const sealing: Sealing = {
    compression: algorithm,
    encryption: readers.length > 0 ? 'age' : 'none',
  };
  const source = await readSource(place);
  const { format } = describedDump(source);
  const { bytes: dumpBytes } = await directoryUsage(place.content);
  const tell: Tell = (step, bytes) => report({ step, bytes, totalBytes: dumpBytes });
  const sealOne: SealOne = (file, member, as, told = silently) =>
    sealFile({
      ...{ directory: place.root, member, as, level, keys, compression: algorithm },
      file: join(place.root, file),
      signal: report.signal,
      report: told,
    });
  const { artifact, ...others } = await sealFiles({ run, place, format, sealing }, sealOne, tell);
  const manifest: Manifest = {
    formatVersion: 1,
    ...identity(run, source),
    sealedAt: new Date().toISOString(),
    writtenBy: `pma-backup ${version}`,
    artifact: { ...artifact, format, ...sealing, ...(readers.length > 0 ? { readers } : {}) },
    ...others,
    ...{ dumpBytes, source },
  };
  await writeFileDurably(place.manifest, storedText(manifest));
  return manifest;
}

type Sealing = Pick<Manifest['artifact'], 'compression' | 'encryption'>;
type SealOne = (
  file: string,
  member: string,
  as: 'tar' | 'file',
  told?: Tell,
) => Promise<StoredFile>;
type Tell = (step: string, bytes: number) => void;

/** Of what is small. */
const silently: Tell = () => undefined;

interface ToSeal {
  readonly run: Run;
  readonly place: Workspace;
  readonly format: DumpFormat;
  readonly sealing: Sealing;
}

/** Side by side: the others are small beside the artifact, and their waits for the disk cost nothing then. */
async function sealFiles(
  { run, place, format, sealing }: ToSeal,
  sealOne: SealOne,
  tell: Tell,
): Promise<{ artifact: StoredFile } & Pick<Manifest, 'verify' | 'baseFile'>> {
  const name = artifactFile(run.id, { format, ...sealing });
  const isDirectory = format === 'directory';
  const hasBase = await isThere(place.base);
  const none = Promise.resolve(null);
  const sealings = [
    isDirectory
      ? sealOne(name, run.id, 'tar', tell)
      : sealOne(name, join(run.id, dumpPath(format)), 'file', tell),
    isDirectory ? none : sealOne(verifyFile(run.id, sealing), join(run.id, 'verify'), 'tar'),
    hasBase ? sealOne(baseFile(run.id, sealing), basename(place.base), 'file') : none,
  ] as const;
  await Promise.allSettled(sealings); // a retry must not meet one of them
  const [artifact, verify, base] = await Promise.all(sealings);
  return { artifact, ...(verify && { verify }), ...(base && { baseFile: base }) };
}

function identity(
  { id, database, kind, module, triggeredAt, escalation }: Run,
  source: SourceReading,
) {
  const { base = null } = describedDump(source);
  return {
    ...{ id, database, kind, module, base, triggeredAt, snapshotAt: source.snapshotAt },
    ...(escalation === undefined ? {} : { escalation }),
  };
}

async function isThere(file: string): Promise<boolean> {
  return (await unlessMissing(stat(file))) !== undefined;
}

async function readSource({ content }: Workspace): Promise<SourceReading> {
  return JSON.parse(
    await readFile(join(content, 'verify', 'source.json'), 'utf8'),
  ) as SourceReading;
}

async function sealFile(
  options: Omit<SealOptions, 'onBytes' | 'onReadBack'> & { report: Tell },
): Promise<StoredFile> {
  const { report, ...file } = options;
  const sealed = await seal({
    ...file,
    onBytes: (bytes) => report('sealing', bytes),
    onReadBack: () => report('reading the sealed file back', 0),
  });
  return { file: basename(file.file), ...sealed };
}
