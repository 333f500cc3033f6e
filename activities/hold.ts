import { holdFile, storageKey } from '../src/domain/backup-name.ts';
import type { Hold, HoldInput, HoldPlace, HoldPlan } from '../src/domain/hold.ts';
import type { BackupSummary } from '../src/domain/backup.ts';
import { storedText } from '../src/domain/stored-text.ts';
import { BackupError } from '../src/errors.ts';
import type { Dependencies } from './dependencies.ts';
import { requireFields } from './input.ts';

/** Enters a hold into the catalog: from now on clean-up keeps the backup. */
export function startHold(deps: Dependencies) {
  return async (input: HoldInput, at: string): Promise<HoldPlan> => {
    const { id, database } = await findBackup(deps, input);
    const { by = 'somebody', reason = null } = input;
    const hold: Hold = { formatVersion: 1, backup: id, by, reason, at };
    if (!(await deps.catalog.hold(hold))) {
      throw new BackupError('artifact_missing', `backup '${id}' has no copy left to hold`, {
        hint: `pma-backup show ${id}`,
      });
    }
    return { backup: id, hold, places: await placesOf(deps, id, database) };
  };
}

/** Where the files of a hold are that is to end. */
export function resolveRelease(deps: Dependencies) {
  return async (input: HoldInput): Promise<HoldPlan> => {
    const { id, database } = await findBackup(deps, input);
    return { backup: id, hold: null, places: await placesOf(deps, id, database) };
  };
}

/** Writes or removes the hold file beside one copy; gives the reason where a lock of the destination keeps the file. */
export function writeHold({ storage }: Dependencies) {
  return async ({ destination, key }: HoldPlace, hold: Hold | null): Promise<string | null> => {
    const place = storage(destination);
    if (hold) {
      await place.putText(key, storedText(hold));
      return null;
    }
    const result = await place.delete(key);
    if (result.state === 'deleted') return null;
    return `locked until ${result.until?.toISOString() ?? 'nobody knows when'}`;
  };
}

/** The hold's files are gone, then it is: in between the backup is held. */
export function finishRelease({ catalog }: Dependencies) {
  return async ({ backup }: Pick<HoldPlan, 'backup'>): Promise<void> => {
    await catalog.release(backup);
  };
}

async function findBackup({ catalog }: Dependencies, input: HoldInput): Promise<BackupSummary> {
  requireFields(input, { backup: 'string', reason: 'string', by: 'string' });
  if (input.backup === undefined) {
    throw new BackupError('usage', `the workflow's input lacks 'backup'`, {
      hint: `give the id of a backup: {"backup":"…"}`,
    });
  }
  const found = await catalog.find(input.backup);
  if (found) return found;
  throw new BackupError('not_found', `there is no backup '${input.backup}'`, {
    hint: 'pma-backup list',
  });
}

async function placesOf(
  { catalog }: Dependencies,
  backup: string,
  database: string,
): Promise<HoldPlace[]> {
  const copies = await catalog.copies(backup);
  const key = storageKey(database, holdFile(backup));
  return copies
    .filter(({ state }) => state !== 'deleted' && state !== 'failed')
    .map(({ destination, host }) => ({ destination, host, key }));
}
