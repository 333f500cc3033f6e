import { storageKey } from '../src/domain/backup-name.ts';
import type { Dependencies } from './dependencies.ts';
import { reporting } from './reporting.ts';

const day = 24 * 3600 * 1000;
/** Longer than any run takes that could still go on with an upload. */
const oldestDays = 7;

/** Removes uploads to a cloud that nobody finished for a week: they are paid for and in no list. Gives their number. */
export function discardUploads({ runs, storage }: Dependencies) {
  return async (database: string, destination: string): Promise<number> =>
    reporting({ runs }, 'expire', '', () =>
      storage(destination).discardUnfinished(
        storageKey(database, ''),
        new Date(Date.now() - oldestDays * day),
      ),
    );
}
