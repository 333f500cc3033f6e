import { heldKeys } from '../src/artifact/encryption.ts';
import type { CatalogCopy } from '../src/catalog/catalog.ts';
import { opens } from '../src/domain/readers.ts';
import type { Dependencies } from './dependencies.ts';

/** A copy, and the host that is to read it. */
export interface CopyOnHost {
  readonly copy: CatalogCopy;
  readonly host: string;
}

// Every worker tells its keys each quarter of an hour.
const freshMilliseconds = 3_600_000;

/**
 * The first of these copies that a host with the key can read: what lies in a cloud is read here, or where the key is.
 * Where nobody has it, the first one; undefined: there is none.
 */
export async function whereToOpen(
  deps: Pick<Dependencies, 'settings' | 'catalog' | 'hostId'>,
  copies: readonly CatalogCopy[],
  readers: readonly string[] = [],
): Promise<CopyOnHost | undefined> {
  const able = readers.length === 0 ? [] : await hostsWithKey(deps, readers);
  const nearest = able[0] ?? deps.hostId;
  const placed = copies.map((copy) => ({ copy, host: copy.host ?? nearest }));
  return placed.find(({ host }) => able.includes(host)) ?? placed[0];
}

/** This host first. */
async function hostsWithKey(
  { settings, catalog, hostId: host }: Pick<Dependencies, 'settings' | 'catalog' | 'hostId'>,
  readers: readonly string[],
): Promise<string[]> {
  const here = { host, keys: await heldKeys(settings().encryption) };
  const known = await catalog.keyHolders(new Date(Date.now() - freshMilliseconds));
  const others = known.filter((each) => each.host !== host);
  return [here, ...others].filter(({ keys }) => opens(keys, readers)).map((each) => each.host);
}
