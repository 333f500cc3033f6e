import type {
  CheckedCopy,
  CheckPlan,
  CopyToCheck,
  IntegrityCheckInput,
} from '../src/domain/run.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { BackupError, toBackupError } from '../src/errors.ts';
import { isUsable } from '../src/domain/backup.ts';
import { isReadNow } from '../src/domain/check-plan.ts';
import { storedFiles, type Manifest } from '../src/domain/manifest.ts';
import type { CheckResult, Storage } from '../src/storage/storage.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { requireManifest } from './fetch.ts';
import { reporting } from './reporting.ts';
import { copyAlarm } from './upload.ts';

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
          checked.push(await checkCopy(deps, copy, report.signal));
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

/** Reads one copy back whole, records and tells what it is. */
export async function checkCopy(
  deps: Dependencies,
  copy: CopyToCheck,
  signal: AbortSignal,
): Promise<CheckedCopy> {
  const { catalog } = deps;
  const { backup, destination, host, uri, glance = false } = copy;
  const state = await readCopy(deps, copy, signal);
  await catalog.recordCheck({ backup, destination, host, state, glance });
  const alarm = copyAlarm(backup, destination);
  if (state === 'good') await catalog.clearAlarm(alarm);
  else {
    const isLost = !(await catalog.copies(backup)).some(isUsable);
    await catalog.raiseAlarm({
      key: alarm,
      database: copy.database,
      message: `the copy of backup '${backup}' in '${destination}' is ${state}${isLost ? '; no good copy is left, it can no longer be restored' : ''}`,
      hint: `do not rely on it; make a new backup: pma-backup backup ${copy.database}`,
    });
  }
  return { backup, destination, uri, state, read: !glance, healed: false };
}

/** A copy is as good as the worst of its files. */
async function readCopy(
  { catalog, storage }: Dependencies,
  { backup, database, destination, key, sha256, glance = false }: CopyToCheck,
  signal: AbortSignal,
): Promise<CheckResult> {
  const place = storage(destination);
  if (glance) return glanceAt(place, await requireManifest({ catalog }, backup));
  const artifact = await place.check(key, sha256, { signal });
  if (artifact !== 'good') return artifact;
  const manifest = await catalog.manifest(backup);
  const others = [manifest?.verify, manifest?.baseFile].filter((file) => file !== undefined);
  for (const beside of others) {
    const state = await place.check(storageKey(database, beside.file), beside.sha256, { signal });
    if (state !== 'good') return state;
  }
  return 'good';
}

async function glanceAt(place: Storage, manifest: Manifest): Promise<CheckResult> {
  for (const { file, bytes, sha256 } of storedFiles(manifest)) {
    const found = await place.glance(storageKey(manifest.database, file), { bytes, sha256 });
    if (found !== 'good') return found;
  }
  return 'good';
}
