import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { requireKey, type Keys } from '../artifact/encryption.ts';
import { unsealInto } from '../artifact/unseal.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { BroughtRows, OwnRow } from '../catalog/contract/own-rows.ts';
import type { Settings } from '../config.ts';
import { catalogKey, foreignManifestKeys, type CatalogManifest } from '../domain/catalog-backup.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { removeTree } from '../system/files.ts';
import { sha256Of } from '../system/sha256.ts';

/** What became of users, tokens, audit log and alarms. */
export type BroughtBack =
  /** There is no backup of another catalog. */
  | { readonly state: 'none' }
  /** None that can be read: `problems` say why. */
  | { readonly state: 'unread' }
  | { readonly state: 'before'; readonly from: string; readonly at: string }
  | ({ readonly state: 'brought'; readonly from: string; readonly savedAt: string } & BroughtRows);

/** A key that was seen in a destination. */
export interface SeenKey {
  readonly storage: Storage;
  readonly key: string;
}

/**
 * Enters what the newest readable backup of a lost catalog holds, once in the life of this one. Without the key that opens
 * the newest one nothing is entered: an older one in its place could not be made good later.
 */
export async function bringBack(
  { catalog, settings }: { readonly catalog: Catalog; readonly settings: Settings },
  seen: readonly SeenKey[],
  problems: string[],
): Promise<BroughtBack> {
  const { id, brought } = await catalog.identity();
  if (brought) return { state: 'before', ...brought };
  const all = new Set(seen.map(({ key }) => key));
  const keys = foreignManifestKeys([...all], id);
  for (const key of keys) {
    for (const { storage } of seen.filter((one) => one.key === key)) {
      try {
        return await read({ catalog, settings, storage }, key);
      } catch (error) {
        const { code, message, hint } = toBackupError(error);
        const advice = hint === undefined ? '' : ` (${hint})`;
        problems.push(`users, tokens and audit log: ${storage.uri(key)}: ${message}${advice}`);
        if (code === 'key_missing') return { state: 'unread' };
        if (code.startsWith('catalog_')) throw error;
      }
    }
  }
  return { state: keys.length === 0 ? 'none' : 'unread' };
}

interface Reading {
  readonly catalog: Catalog;
  readonly settings: Settings;
  readonly storage: Storage;
}

async function read({ catalog, settings, storage }: Reading, key: string): Promise<BroughtBack> {
  const manifest = parsed(await storage.readText(key));
  if (!manifest || key !== catalogKey(`${manifest.id}.manifest.json`)) {
    throw new BackupError('artifact_corrupted', 'it is no manifest of a backup of the catalog');
  }
  requireKey(settings.encryption, manifest.artifact.readers);
  await mkdir(settings.stateDirectory, { recursive: true });
  const directory = await mkdtemp(join(settings.stateDirectory, '.catalog-'));
  try {
    const rows = await fetchRows({ storage, manifest, keys: settings.encryption }, directory);
    const brought = await catalog.bringBack(manifest.id, rowsIn(rows));
    const { id: from, savedAt } = manifest;
    if (!brought) return { state: 'before', from, at: savedAt };
    return { state: 'brought', from, savedAt, ...brought };
  } finally {
    await removeTree(directory);
  }
}

function parsed(text: string): CatalogManifest | undefined {
  try {
    const manifest = JSON.parse(text) as CatalogManifest | null;
    return manifest?.formatVersion === 1 ? manifest : undefined;
  } catch {
    return undefined; // said by the caller
  }
}

interface Fetching {
  readonly storage: Storage;
  readonly manifest: CatalogManifest;
  readonly keys: Keys;
}

async function fetchRows(
  { storage, manifest, keys }: Fetching,
  directory: string,
): Promise<string> {
  const { file, sha256, compression, readers } = manifest.artifact;
  const sealed = join(directory, 'sealed');
  await storage.fetch(catalogKey(file), sealed);
  const got = await sha256Of(sealed);
  if (got !== sha256) {
    throw new BackupError('artifact_corrupted', `it should have sha256 ${sha256}, has ${got}`);
  }
  const rows = join(directory, 'rows');
  const into = ['dd', `of=${rows}`, 'bs=1M', 'status=none'];
  const { signal } = new AbortController();
  await unsealInto({ file: sealed, compression, readers, keys }, into, { signal });
  return rows;
}

const batchRows = 1000;

async function* rowsIn(file: string): AsyncGenerator<OwnRow[]> {
  let batch: OwnRow[] = [];
  for await (const line of createInterface({
    input: createReadStream(file),
    crlfDelay: Infinity,
  })) {
    batch.push(JSON.parse(line) as OwnRow);
    if (batch.length < batchRows) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}
