import type { Trouble } from '../src/domain/watch.ts';
import { watch as watchAll } from '../src/watch/watch.ts';
import type { Dependencies } from './dependencies.ts';

/** Looks at everything once, raises an alarm for what is wrong and clears those that are over. */
export function watch({ storageToProbe: storage, ...deps }: Dependencies) {
  return (): Promise<readonly Trouble[]> =>
    watchAll({ ...deps, storage, hasWorker: true }, new Date());
}
