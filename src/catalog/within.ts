import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../errors.ts';

/** Waits for what asks the catalog, so long and no longer; it may go on unseen. Throws `catalog_unreachable`. */
export async function within<T>(milliseconds: number, asking: Promise<T>): Promise<T> {
  const ended = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: ended.signal }).then(() => {
    throw new BackupError(
      'catalog_unreachable',
      `the catalog gives no answer for ${milliseconds / 1000} s`,
      { hint: 'is its server overloaded, or cut off by a firewall?' },
    );
  });
  try {
    return await Promise.race([asking, late]);
  } finally {
    ended.abort();
    late.catch(() => undefined); // nobody waits for it any more
    asking.catch(() => undefined);
  }
}
