import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Catalog } from '../../src/catalog/catalog.ts';
import { parseBackupId } from '../../src/domain/backup-name.ts';
import type { BackupEnd } from '../../src/catalog/contract/backups.ts';
import type { Manifest } from '../../src/domain/manifest.ts';
import type { TestService } from './service.ts';

export interface StoredBackup {
  readonly id: string;
  readonly state?: BackupEnd['state'];
  readonly base?: string;
  /** Who could open it, if it is encrypted. */
  readonly readers?: readonly string[];
}

/** The same for a whole test file, so that an id can be worked out again. */
const now = Date.now();

/** The id of a full backup so many days ago. */
export function fullOf(database: string, days: number): string {
  return idOf(database, 'full', days);
}

export function idOf(database: string, kind: string, days: number): string {
  const time = new Date(now - days * 86_400_000).toISOString().replace(/\D/g, '');
  return `${database}_${kind}_${time.slice(0, 8)}_${time.slice(8, 14)}`;
}

/**
 * Backups as if they had been made and stored on this host, without making them: an artifact of a few bytes, a manifest
 * and a proof each. They can be checked, not restored.
 */
export async function storeBackups(
  service: Pick<TestService, 'stateDirectory'>,
  catalog: Catalog,
  backups: readonly StoredBackup[],
): Promise<void> {
  const host = (await readFile(path.join(service.stateDirectory, 'host-id'), 'utf8')).trim();
  await Promise.all(
    backups.map((backup) => storeBackup(service.stateDirectory, catalog, host, backup)),
  );
}

async function storeBackup(
  stateDirectory: string,
  catalog: Catalog,
  host: string,
  { id, state = 'proven', base, readers }: StoredBackup,
): Promise<void> {
  const name = parseBackupId(id)!;
  const directory = path.join(stateDirectory, 'backups', name.database);
  await mkdir(directory, { recursive: true });
  const content = `the artifact of ${id}`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const artifact = { file: `${id}.tar.zst`, bytes: content.length, sha256 };
  const at = name.time.toISOString();
  const manifest = {
    formatVersion: 1,
    ...{ id, database: name.database, kind: name.kind, module: name.module, base: base ?? null },
    ...{ triggeredAt: at, snapshotAt: at, sealedAt: at, dumpBytes: 100 },
    artifact: {
      ...{ ...artifact, format: 'directory', compression: 'zstd' },
      ...(readers ? { encryption: 'age', readers } : { encryption: 'none' }),
    },
    source: { tables: [] },
  } as unknown as Manifest;
  await writeFile(path.join(directory, artifact.file), content);
  await writeFile(path.join(directory, `${id}.manifest.json`), JSON.stringify(manifest));
  await writeFile(path.join(directory, `${id}.proof.20260101_000000.json`), '{}');
  const run = { workflowId: `made up: ${id}`, runId: id };
  const named = { name, triggeredAt: name.time, queue: `pma-backup@${host}` };
  await catalog.startBackup({ ...named, ...run, ...(base === undefined ? {} : { base }) });
  const key = `${name.database}/${artifact.file}`;
  await catalog.recordCopy({
    ...{ backup: id, destination: 'local', host, key, uri: path.join(directory, artifact.file) },
    ...{ bytes: artifact.bytes, sha256, state: 'good' },
  });
  await catalog.finishBackup(id, { state, reason: null, manifest });
}
