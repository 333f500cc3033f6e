import path from 'node:path';
import { artifactFile } from '../../artifact/compression.ts';
import { sealedFor } from '../../artifact/encryption.ts';
import { seal } from '../../artifact/seal.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { databaseSettings } from '../../config.ts';
import {
  formatBackupId,
  holdFile,
  manifestFile,
  nextBackupName,
  storageKey,
  type BackupName,
} from '../../domain/backup-name.ts';
import type { Hold } from '../../domain/hold.ts';
import { unknownSource } from '../../domain/imported.ts';
import type { ImportedFile, Manifest } from '../../domain/manifest.ts';
import { storedText } from '../../domain/stored-text.ts';
import { version } from '../../version.ts';
import { createDestinations } from '../destinations.ts';
import type { World } from '../world.ts';

/** The id under which a file is known, by its name and its bytes, or the first free one. */
export async function identify(
  catalog: Catalog,
  first: BackupName,
  sha256: string,
): Promise<{ readonly id: string; readonly isKnown: boolean }> {
  for (let name = first; ; name = nextBackupName(name)) {
    const id = formatBackupId(name);
    const manifest = await catalog.manifest(id);
    if (manifest?.imported?.sha256 === sha256) return { id, isKnown: true };
    if (!manifest && !(await catalog.summary(id))) return { id, isKnown: false };
  }
}

interface Script extends BackupName {
  readonly id: string;
  readonly imported: ImportedFile;
  /** Its unpacked text. */
  readonly script: string;
  readonly dumpBytes: number;
  readonly host: string;
  readonly by: string;
  readonly signal: AbortSignal;
}

/** Seals a script into the local destination, with its hold and its manifest last, and enters it into the catalog. */
export async function adoptScript(
  { catalog, settings }: Pick<World, 'catalog' | 'settings'>,
  script: Script,
): Promise<void> {
  const { id, database, host, by, signal } = script;
  const local = createDestinations(() => settings)('local');
  const manifest = await sealScript({ settings }, script);
  const { file, bytes, sha256 } = manifest.artifact;
  const key = storageKey(database, file);
  const sealed = path.join(path.dirname(script.script), file);
  const { uri } = await local.put(sealed, key, { bytes, sha256, signal, consume: true });
  const reason = 'imported: release it when clean-up may decide about it';
  const at = new Date().toISOString();
  const hold: Hold = { formatVersion: 1, backup: id, by, reason, at };
  await local.putText(storageKey(database, holdFile(id)), storedText(hold));
  await local.putText(storageKey(database, manifestFile(id)), storedText(manifest));
  const copy = { destination: local.name, host, uri, key, bytes, sha256, state: 'good' } as const;
  await catalog.adopt({ manifest, hold, copy });
}

async function sealScript(
  { settings }: Pick<World, 'settings'>,
  { id, database, kind, module, time, imported, script, dumpBytes, signal }: Script,
): Promise<Manifest> {
  const keys = settings.encryption;
  const readers = sealedFor(keys);
  const { algorithm: compression, level } = databaseSettings(settings, database).compression;
  const encryption = readers.length > 0 ? 'age' : 'none';
  const sealing = { format: 'plain', compression, encryption } as const;
  const file = artifactFile(id, sealing);
  const directory = path.dirname(script);
  const sealed = await seal({
    ...{ directory, member: path.basename(script), as: 'file', file: path.join(directory, file) },
    ...{ compression, level, keys, signal },
    onBytes: () => undefined,
    onReadBack: () => undefined,
  });
  const at = time.toISOString();
  return {
    formatVersion: 1,
    ...{ id, database, kind, module, base: null, triggeredAt: at, snapshotAt: at },
    sealedAt: new Date().toISOString(),
    writtenBy: `pma-backup ${version}`,
    artifact: { file, ...sealed, ...sealing, ...(readers.length > 0 ? { readers } : {}) },
    ...{ dumpBytes, imported, source: unknownSource(database, time) },
  };
}
