import { basename } from 'node:path';
import type { Catalog } from '../catalog/catalog.ts';
import type { Settings } from '../config.ts';
import { parseCatalogKey } from '../domain/catalog-backup.ts';
import { holdFile, parseReportFile, storageKey } from '../domain/backup-name.ts';
import type { Hold } from '../domain/hold.ts';
import type { FileVersions } from '../domain/file-versions.ts';
import { storedFiles, type Manifest } from '../domain/manifest.ts';
import { proofStates, type Proof } from '../domain/proof.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { hostIdOf } from '../system/host-id.ts';
import { bringBack, type BroughtBack, type SeenKey } from './bring-back.ts';
import { createDestinations } from './destinations.ts';

/** What a rebuild found in the destinations. */
export interface RebuiltCatalog {
  readonly destinations: readonly string[];
  /** Backups that the catalog did not know. */
  readonly added: number;
  readonly copies: number;
  readonly proofs: number;
  readonly holds: number;
  /** Users, tokens, audit log and alarms. */
  readonly own: BroughtBack;
  /** What could not be read, one line each. */
  readonly problems: readonly string[];
}

/**
 * Enters into the catalog what lies in the destinations of the settings: manifests, the proofs and holds beside them, and
 * what the newest backup of a lost catalog holds. It may be repeated, and what is known already stays as it is. A copy is
 * taken as good by its size; a check reads it.
 */
export async function rebuildCatalog(
  { catalog, settings }: { readonly catalog: Catalog; readonly settings: Settings },
  say: (line: string) => void,
): Promise<RebuiltCatalog> {
  const open = createDestinations(() => settings);
  const names = ['local', ...settings.destinations.map(({ name }) => name)];
  const seen: SeenKey[] = [];
  const found = { added: 0, copies: 0, proofs: 0, holds: 0, problems: [] as string[] };
  const hostId = await hostIdOf(settings.stateDirectory);
  for (const name of names) {
    say(`reading '${name}'`);
    const storage = open(name);
    const host = storage.kind === 'local' ? hostId : null;
    try {
      await readDestination({ catalog, storage, host, seen }, found);
    } catch (error) {
      const { message, hint } = toBackupError(error);
      found.problems.push(`${name}: ${message}${hint === undefined ? '' : ` (${hint})`}`);
    }
  }
  const own = await bringBack({ catalog, settings }, seen, found.problems);
  return { destinations: names, ...found, own };
}

interface Reading {
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly host: string | null;
  /** Gets what belongs to backups of catalogs. */
  readonly seen: SeenKey[];
}

interface Found {
  added: number;
  copies: number;
  proofs: number;
  holds: number;
  problems: string[];
}

// In the order of the keys the manifest of a backup comes before its proofs, and its hold before both.
async function readDestination(reading: Reading, found: Found): Promise<void> {
  const { catalog, storage } = reading;
  const held = new Set<string>();
  for await (const { key } of storage.list('')) {
    if (parseCatalogKey(key)) reading.seen.push({ storage, key });
    const report = parseReportFile(basename(key));
    if (!report) continue;
    try {
      if (report.what === 'hold') {
        held.add(report.id);
      } else if (report.what === 'manifest') {
        const isHeld = held.has(report.id);
        found.added += Number(await adopt(reading, key, { id: report.id, isHeld }));
        found.holds += Number(isHeld);
        found.copies += 1;
      } else if (!(await catalog.manifest(report.id))) {
        throw unreadable('the manifest of its backup is not there');
      } else {
        await catalog.recordProof(await readProof(storage, key, report.id));
        found.proofs += 1;
      }
    } catch (error) {
      const { code, message } = toBackupError(error);
      if (code !== 'artifact_corrupted' && code !== 'artifact_missing') throw error;
      found.problems.push(`${storage.uri(key)}: ${message}`);
    }
  }
}

async function adopt(
  { catalog, storage, host }: Reading,
  key: string,
  { id, isHeld }: { readonly id: string; readonly isHeld: boolean },
): Promise<boolean> {
  const read = (await readJson(storage, key)) as { formatVersion: number; id: string };
  if (read.formatVersion !== 1 || read.id !== id) throw unreadable(`it is no manifest of '${id}'`);
  const manifest = read as Manifest;
  const { file, bytes, sha256 } = manifest.artifact;
  const artifact = storageKey(manifest.database, file);
  const state = await storage.glance(artifact, { bytes, sha256 });
  const versions = state === 'good' ? await newestVersions(storage, manifest) : {};
  return catalog.adopt({
    manifest,
    hold: isHeld ? await readHold(storage, storageKey(manifest.database, holdFile(id)), id) : null,
    copy: {
      ...{ destination: storage.name, host, uri: storage.uri(artifact), key: artifact },
      ...{ bytes, sha256, state, versions },
    },
  });
}

/** Of all files; where the artifact has none, the others are not asked for theirs. */
async function newestVersions(storage: Storage, manifest: Manifest): Promise<FileVersions> {
  const found: Record<string, string> = {};
  if (storage.kind === 'local') return found;
  for (const { file } of storedFiles(manifest).reverse()) {
    const stored = await storage.head(storageKey(manifest.database, file));
    if (stored?.versionId === undefined) return found;
    found[file] = stored.versionId;
  }
  return found;
}

async function readProof(storage: Storage, key: string, id: string): Promise<Proof> {
  const proof = (await readJson(storage, key)) as Proof;
  const isOurs = proof.backup === id && proofStates.includes(proof.state);
  if (!isOurs) throw unreadable(`it is no proof of '${id}'`);
  return proof;
}

/** What cannot be read holds all the same. */
async function readHold(storage: Storage, key: string, id: string): Promise<Hold> {
  const unknown = {
    by: 'somebody',
    reason: `'${key}' cannot be read`,
    at: new Date().toISOString(),
  };
  const hold = parsed(await storage.readText(key)) as Partial<Hold> | null | undefined;
  return hold?.backup === id && hold.by !== undefined && !Number.isNaN(Date.parse(hold.at ?? ''))
    ? (hold as Hold)
    : { formatVersion: 1, backup: id, ...unknown };
}

async function readJson(storage: Storage, key: string): Promise<unknown> {
  const content: unknown = parsed(await storage.readText(key));
  if (typeof content === 'object' && content !== null) return content;
  throw unreadable('it is no JSON');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // said by the caller
  }
}

function unreadable(message: string): BackupError {
  return new BackupError('artifact_corrupted', message);
}
