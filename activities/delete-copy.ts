import type { CopyName } from '../src/catalog/catalog.ts';
import { basename } from 'node:path';
import { versionsIn } from '../src/catalog/versions-in.ts';
import { copyAlarm } from '../src/domain/alarm.ts';
import { manifestFile, storageKey } from '../src/domain/backup-name.ts';
import type { CopyState } from '../src/domain/backup.ts';
import type { DoomedCopy } from '../src/domain/cleanup.ts';
import { toBackupError } from '../src/errors.ts';
import { storedFiles } from '../src/domain/manifest.ts';
import { longerLock, type Lock, type Storage } from '../src/storage/storage.ts';
import type { Dependencies } from './dependencies.ts';
import { currentRun } from './reporting.ts';

/**
 * Deletes one copy: its row says so before its files go, and says afterwards that they are gone; a process killed in
 * between leaves what `finishDelete` brings to its end. Gives the reason where the destination refuses.
 */
export async function deleteCopy(deps: Dependencies, doomed: DoomedCopy): Promise<string | null> {
  const { backup, destination, host, reason, state } = doomed;
  const deletion = { backup, destination, host, reason, by: currentRun().runId };
  // Held, leased or needed since it was planned: it is kept, as the next plan says, too.
  if ((await deps.catalog.startDelete(deletion)) !== null) return null;
  return finishDelete(deps, doomed, state);
}

/** Deletes the files of a copy whose row says that it is deleted; where nothing can be, the row is as it was `before`. */
export async function finishDelete(
  deps: Dependencies,
  { backup, destination, host, database }: CopyName & { readonly database: string },
  before: CopyState | null = null,
): Promise<string | null> {
  const { catalog } = deps;
  const copy = { backup, destination, host };
  const result = await removeFiles(deps, { backup, destination, database });
  switch (result.state) {
    case 'deleted':
      await catalog.finishDelete(copy);
      await catalog.clearAlarm(copyAlarm(backup, destination));
      return null;
    case 'locked':
      await catalog.undoDelete({ ...copy, state: 'locked', lockedUntil: result.until });
      return result.until === null
        ? 'kept: locked, until when is not known'
        : `kept until ${result.until.toISOString()}: locked`;
    case 'refused':
      // With some of its files gone it is no copy any more: the others are tried again by the next clean-up.
      if (before !== null && result.isWhole) {
        await catalog.undoDelete({ ...copy, state: before, lockedUntil: null });
      }
      return `kept: ${result.reason}`;
  }
}

type Removal =
  | { readonly state: 'deleted' }
  | { readonly state: 'locked'; readonly until: Date | null }
  | { readonly state: 'refused'; readonly reason: string; readonly isWhole: boolean };

interface Doomed {
  readonly backup: string;
  readonly destination: string;
  readonly database: string;
}

/** The manifest first: without it nobody takes the rest for a backup. The artifact last. */
async function removeFiles(deps: Dependencies, doomed: Doomed): Promise<Removal> {
  const storage = deps.storage(doomed.destination);
  const keys = await keysInOrder(deps, doomed);
  const versions = await versionsIn(deps, doomed);
  let isWhole = true;
  try {
    // A proof may be locked for longer than the manifest: what is kept has to be kept whole.
    const lock = await longestLock(storage, keys);
    if (lock) return { state: 'locked', ...lock };
    for (const key of keys) {
      const result = await storage.delete(key, { versionId: versions[basename(key)] });
      if (result.state === 'locked') return result;
      isWhole = false;
    }
    return { state: 'deleted' };
  } catch (thrown) {
    const error = toBackupError(thrown);
    if (error.retryable) throw error;
    return { state: 'refused', reason: error.message, isWhole };
  }
}

async function longestLock(storage: Storage, keys: readonly string[]): Promise<Lock | undefined> {
  let longest: Lock | undefined;
  for (const key of keys) longest = longerLock(longest, await storage.lock(key));
  return longest;
}

/** What is listed, and what we stored: in a bucket that keeps versions, it may be there without being listed. */
async function keysInOrder(
  { catalog, storage }: Dependencies,
  { backup, destination, database }: Doomed,
): Promise<string[]> {
  const manifest = storageKey(database, manifestFile(backup));
  const stored = await catalog.manifest(backup);
  const files = stored ? storedFiles(stored) : [];
  const keys = new Set([manifest, ...files.map(({ file }) => storageKey(database, file))]);
  const listed = storage(destination).list(storageKey(database, `${backup}.`));
  for await (const { key } of listed) keys.add(key);
  const rank = (key: string) => (key === manifest ? 0 : key.endsWith('.json') ? 1 : 2);
  return [...keys].sort((a, b) => rank(a) - rank(b));
}
