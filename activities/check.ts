import { basename } from 'node:path';
import { versionsIn } from '../src/catalog/versions-in.ts';
import type {
  CheckedCopy,
  CheckPlan,
  CopyToCheck,
  IntegrityCheckInput,
} from '../src/domain/run.ts';
import { copyAlarm } from '../src/domain/alarm.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { BackupError, toBackupError } from '../src/errors.ts';
import { isUsable } from '../src/domain/backup.ts';
import { isReadNow } from '../src/domain/check-plan.ts';
import { storedFiles, type StoredFile } from '../src/domain/manifest.ts';
import type { CheckResult } from '../src/storage/storage.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting } from './reporting.ts';

/** Which copies are to be read, by the host that can read them and the destination. */
export function resolveCheck(deps: Dependencies) {
  const { catalog, hostId } = deps;
  return async ({ backup, database }: IntegrityCheckInput): Promise<CheckPlan> => {
    const all = await catalog.copiesToCheck({
      ...(backup === undefined ? {} : { backup }),
      ...(database === undefined ? {} : { database }),
    });
    const copies = backup === undefined ? await withGlances(deps, all) : all;
    if (backup !== undefined && copies.length === 0) {
      throw new BackupError('not_found', `there is no stored copy of backup '${backup}'`, {
        hint: 'pma-backup list',
      });
    }
    const places = new Map<string, { queue: string; copies: CopyToCheck[] }>();
    for (const copy of copies) {
      const queue = hostQueue(copy.host ?? hostId);
      const key = JSON.stringify([queue, copy.destination]);
      const place = places.get(key) ?? { queue, copies: [] };
      place.copies.push(copy);
      places.set(key, place);
    }
    return { hosts: [...places.values()] };
  };
}

/** Reading a cloud copy costs: of each database the newest proven full with its incrementals is read, the others in their turn. */
async function withGlances(
  { catalog, settings }: Dependencies,
  copies: readonly CopyToCheck[],
): Promise<CopyToCheck[]> {
  const { cloudReadDays } = settings();
  const newest = new Set<string | undefined>();
  for (const database of new Set(copies.map((copy) => copy.database))) {
    const full = { kind: 'full', module: null, states: ['proven'] } as const;
    newest.add((await catalog.newest({ database, ...full }))?.id);
  }
  const now = new Date();
  return copies.map((copy) => {
    const { backup, base, host } = copy;
    const isNewest = newest.has(backup) || (base !== null && newest.has(base));
    const isRead = host !== null || isNewest || isReadNow(copy, cloudReadDays, now);
    return isRead ? copy : { ...copy, glance: true };
  });
}

/** Reads copies back whole and compares their sha256; what is lost or rotten is marked and alarmed. */
export function checkCopies(deps: Dependencies) {
  return async (copies: readonly CopyToCheck[]): Promise<CheckedCopy[]> =>
    reporting(deps, 'verify', '', async (report) => {
      const checked: CheckedCopy[] = [];
      const errors: unknown[] = [];
      for (const copy of copies) {
        report({ step: `reading ${copy.backup}`, tables: checked.length, totalTables: null });
        try {
          const found = await checkCopy(deps, copy, report.signal);
          if (found) checked.push(found);
        } catch (error) {
          if (!isOfOneFile(copy, error)) throw error;
          errors.push(error);
        }
      }
      if (errors.length > 0) throw errors[0];
      return checked;
    });
}

// A cloud that refuses one object refuses all; on a disk one file may be unreadable alone.
function isOfOneFile({ host }: CopyToCheck, error: unknown): boolean {
  return host !== null && toBackupError(error).code === 'storage_refused';
}

/** Reads one copy back whole, records and tells what it is; null: a clean-up has deleted it meanwhile, or is about to. */
export async function checkCopy(
  deps: Dependencies,
  copy: CopyToCheck,
  signal: AbortSignal,
): Promise<CheckedCopy | null> {
  const { catalog } = deps;
  const { backup, destination, host, uri, glance = false } = copy;
  const found = await lookAtFiles(deps, copy, signal);
  const state = found === 'hidden' ? 'good' : found;
  const isThere = await catalog.recordCheck({ backup, destination, host, state, glance });
  if (!isThere) return null;
  await tellCopy(deps, copy, found);
  return { backup, destination, uri, state, read: !glance, healed: false };
}

async function tellCopy(
  { catalog }: Dependencies,
  { backup, database, destination }: CopyToCheck,
  found: Found,
): Promise<void> {
  const key = copyAlarm(backup, destination);
  const what = `the copy of backup '${backup}' in '${destination}' is`;
  if (found === 'good') await catalog.clearAlarm(key);
  else if (found === 'hidden') {
    await catalog.raiseAlarm({
      ...{ key, database },
      message: `${what} hidden: something was stored over it, or deleted there; the version that we stored is good, and is what we read`,
      hint: `look who else writes to that bucket, and delete what lies above our version; then: pma-backup check ${backup}`,
    });
  } else {
    const isLost = !(await catalog.copies(backup)).some(isUsable);
    await catalog.raiseAlarm({
      ...{ key, database },
      code: found === 'missing' ? 'artifact_missing' : 'artifact_corrupted',
      message: `${what} ${found}${isLost ? '; no good copy is left, it can no longer be restored' : ''}`,
      hint: `do not rely on it; make a new backup: pma-backup backup ${database}`,
    });
  }
}

/** `hidden`: good, and who does not name the version that we stored finds something else, or nothing. */
type Found = CheckResult | 'hidden';

/** A copy is as good as the worst of its files. */
async function lookAtFiles(
  deps: Dependencies,
  copy: CopyToCheck,
  signal: AbortSignal,
): Promise<Found> {
  const { backup, destination, glance = false } = copy;
  const place = deps.storage(destination);
  const versions = await versionsIn(deps, { backup, destination });
  let worst: Found = 'good';
  for (const file of await filesOf(deps, copy)) {
    const key = storageKey(copy.database, file.file);
    const versionId = versions[file.file];
    const found = await (glance
      ? place.glance(key, { ...file, versionId })
      : place.check(key, file.sha256, { signal, versionId }));
    if (found !== 'good') return found;
    if (versionId !== undefined && (await place.glance(key, file)) !== 'good') worst = 'hidden';
  }
  return worst;
}

/** Of a run that goes on no manifest is known yet: its artifact alone. */
async function filesOf(
  { catalog }: Dependencies,
  { backup, destination, key }: CopyToCheck,
): Promise<readonly StoredFile[]> {
  const manifest = await catalog.manifest(backup);
  if (manifest) return storedFiles(manifest);
  const copies = await catalog.copies(backup);
  return copies
    .filter((copy) => copy.destination === destination && copy.key === key)
    .slice(0, 1)
    .map(({ bytes, sha256 }) => ({ file: basename(key), bytes, sha256 }));
}
