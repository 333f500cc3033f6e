import type { CheckedCopy, CopyToCheck, IntegrityCheckInput } from '../src/domain/run.ts';
import { storageKey } from '../src/domain/backup-name.ts';
import { BackupError } from '../src/errors.ts';
import type { CheckResult } from '../src/storage/storage.ts';
import { hostQueue } from '../src/temporal/names.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting } from './reporting.ts';
import { copyAlarm } from './upload.ts';

export interface CheckPlan {
  readonly hosts: readonly { readonly queue: string; readonly copies: readonly CopyToCheck[] }[];
}

/** Which copies are to be read, by the host that can read them. */
export function resolveCheck({ catalog, hostId }: Dependencies) {
  return async ({ backup, database }: IntegrityCheckInput): Promise<CheckPlan> => {
    const copies = await catalog.copiesToCheck({
      ...(backup === undefined ? {} : { backup }),
      ...(database === undefined ? {} : { database }),
    });
    if (backup !== undefined && copies.length === 0) {
      throw new BackupError('not_found', `there is no stored copy of backup '${backup}'`, {
        hint: 'pma-backup list',
      });
    }
    const queueOf = ({ host }: CopyToCheck) => hostQueue(host ?? hostId);
    const queues = [...new Set(copies.map(queueOf))];
    return {
      hosts: queues.map((queue) => ({
        queue,
        copies: copies.filter((copy) => queueOf(copy) === queue),
      })),
    };
  };
}

/** Reads copies back whole and compares their sha256; what is lost or rotten is marked and alarmed. */
export function checkCopies(deps: Dependencies) {
  return async (copies: readonly CopyToCheck[]): Promise<CheckedCopy[]> =>
    reporting(deps, 'verify', '', async (report) => {
      const checked: CheckedCopy[] = [];
      for (const copy of copies) {
        report({ step: `reading ${copy.backup}`, tables: checked.length, totalTables: null });
        checked.push(await checkCopy(deps, copy, report.signal));
      }
      return checked;
    });
}

/** Reads one copy back whole, records and tells what it is. */
export async function checkCopy(
  deps: Dependencies,
  copy: CopyToCheck,
  signal: AbortSignal,
): Promise<CheckedCopy> {
  const { catalog } = deps;
  const { backup, destination, host, uri } = copy;
  const state = await readCopy(deps, copy, signal);
  await catalog.recordCheck({ backup, destination, host, state });
  const alarm = copyAlarm(backup, destination);
  if (state === 'good') await catalog.clearAlarm(alarm);
  else {
    await catalog.raiseAlarm({
      key: alarm,
      database: copy.database,
      message: `the copy of backup '${backup}' in '${destination}' is ${state}`,
      hint: `do not rely on it; make a new backup: pma-backup backup ${copy.database}`,
    });
  }
  return { backup, destination, uri, state, healed: false };
}

/** A copy is as good as the worst of its files. */
async function readCopy(
  { catalog, storage }: Dependencies,
  { backup, database, destination, key, sha256 }: CopyToCheck,
  signal: AbortSignal,
): Promise<CheckResult> {
  const place = storage(destination);
  const state = await place.check(key, sha256, { signal });
  const verify = (await catalog.manifest(backup))?.verify;
  if (state !== 'good' || !verify) return state;
  return place.check(storageKey(database, verify.file), verify.sha256, { signal });
}
