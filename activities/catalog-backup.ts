import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { catalogFile } from '../src/artifact/compression.ts';
import { sealedFor } from '../src/artifact/encryption.ts';
import { seal } from '../src/artifact/seal.ts';
import { cloudDestinations } from '../src/config.ts';
import { catalogAlarm } from '../src/domain/alarm.ts';
import { manifestFile } from '../src/domain/backup-name.ts';
import {
  catalogBackupId,
  catalogKey,
  expiredCatalogKeys,
  ownTables,
  type CatalogManifest,
  type OwnTable,
  type SavedCatalog,
} from '../src/domain/catalog-backup.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { BackupError } from '../src/errors.ts';
import type { Storage } from '../src/storage/storage.ts';
import { removeTree } from '../src/system/files.ts';
import { version } from '../src/version.ts';
import type { Dependencies } from './dependencies.ts';
import { requireFields } from './input.ts';
import { currentRun, reporting, type Report } from './reporting.ts';
import { makeWorkspace, workspacesOf } from './workspace.ts';

/** The destinations that are to have a backup of the catalog itself. */
export function resolveCatalogBackup({ settings }: Pick<Dependencies, 'settings'>) {
  return (input: object): Promise<string[]> => {
    requireFields(input, {});
    return Promise.resolve(['local', ...cloudDestinations(settings())]);
  };
}

/**
 * Saves users, tokens, audit log and alarms in one destination: sealed like an artifact, read back from there, the manifest
 * last; then the oldest ones of this catalog go. Hashes of passwords are in it only where it is encrypted.
 */
export function saveCatalog(deps: Dependencies) {
  return async (at: string, destination: string): Promise<SavedCatalog> =>
    reporting(deps, 'upload', '', async (report) => {
      const owner = currentRun();
      const root = join(workspacesOf(deps.settings()), `catalog_${owner.runId}`);
      await makeWorkspace(root, owner);
      try {
        const manifest = await sealRows(deps, { root, at }, report);
        const storage = deps.storage(destination);
        await store(storage, { root, manifest }, report);
        const expired = await removeExpired(storage, manifest.catalog);
        await deps.catalog.clearAlarm(catalogAlarm(destination));
        const { id, artifact, rows } = manifest;
        const uri = storage.uri(catalogKey(artifact.file));
        return { destination, id, uri, bytes: artifact.bytes, rows, expired };
      } finally {
        await removeTree(root);
      }
    });
}

const rowsFile = 'rows.jsonl';
const level = 3;

async function sealRows(
  { catalog, settings }: Dependencies,
  { root, at }: { readonly root: string; readonly at: string },
  { signal }: Report,
): Promise<CatalogManifest> {
  const keys = settings().encryption;
  const readers = sealedFor(keys);
  const passwords = readers.length > 0;
  const { id: identity } = await catalog.identity();
  const id = catalogBackupId(identity, new Date(at));
  const rows = await writeRows(catalog, join(root, rowsFile), { passwords });
  const file = catalogFile(id, {
    compression: 'zstd',
    encryption: readers.length > 0 ? 'age' : 'none',
  });
  const sealed = await seal({
    ...{ directory: root, member: rowsFile, as: 'file', file: join(root, file) },
    ...{ compression: 'zstd', level, keys, signal },
    onBytes: () => undefined,
    onReadBack: () => undefined,
  });
  return {
    formatVersion: 1,
    ...{ id, catalog: identity, savedAt: at, writtenBy: `pma-backup ${version}` },
    artifact: { file, ...sealed, compression: 'zstd', readers },
    ...{ passwords, rows },
  };
}

/** One JSON object a line, `{"table":…,"row":…}`; gives how many of each table. */
async function writeRows(
  catalog: Dependencies['catalog'],
  file: string,
  { passwords }: { readonly passwords: boolean },
): Promise<Record<OwnTable, number>> {
  const counts = { users: 0, tokens: 0, audit: 0, alarms: 0 };
  const handle = await open(file, 'wx', 0o600);
  try {
    for (const table of ownTables) {
      let after: string | null = null;
      do {
        const { rows, last } = await catalog.ownRows({ table, after, passwords });
        const lines = rows.map((row) => `{"table":"${table}","row":${row}}\n`);
        await handle.appendFile(lines.join(''));
        counts[table] += rows.length;
        after = last;
      } while (after !== null);
    }
  } finally {
    await handle.close();
  }
  return counts;
}

async function store(
  storage: Storage,
  { root, manifest }: { readonly root: string; readonly manifest: CatalogManifest },
  { signal }: Report,
): Promise<void> {
  const { file, bytes, sha256 } = manifest.artifact;
  const key = catalogKey(file);
  await storage.put(join(root, file), key, { bytes, sha256, signal });
  const found = await storage.check(key, sha256, { signal });
  if (found !== 'good') {
    throw new BackupError(
      found === 'missing' ? 'artifact_missing' : 'artifact_corrupted',
      `'${storage.uri(key)}' was stored and is ${found}`,
      { hint: 'check the disk, or look who else writes there' },
    );
  }
  await storage.putText(catalogKey(manifestFile(manifest.id)), storedText(manifest));
}

/** What a lock of the destination keeps goes another day. */
async function removeExpired(storage: Storage, catalog: string): Promise<number> {
  const keys: string[] = [];
  for await (const { key } of storage.list(catalogKey(''))) keys.push(key);
  const expired = expiredCatalogKeys(keys, catalog);
  for (const key of expired) await storage.delete(key);
  return expired.length;
}
