import type { Trouble } from '../src/domain/watch.ts';
import { tellPeople } from './notify.ts';
import { anywhere } from './proxies.ts';

/** Looks for what is wrong, and tells people of it once, of what is still wrong after a while, and of what is over. */
export async function watchdog(): Promise<readonly Trouble[]> {
  const troubles = await anywhere.watch();
  await tellPeople();
  return troubles;
}
