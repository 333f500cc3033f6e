import { words, type Words } from './words.ts';

/** An extension of the source that a server cannot make; `others`: the versions that it can. */
export interface MissingExtension {
  readonly name: string;
  readonly version: string;
  readonly others: readonly string[];
}

/** What a server lacks, which is the scratch server or that of a restore's target. */
export function lackOf(
  { name, version, others }: MissingExtension,
  where: 'scratch' | 'target',
): Words {
  if (others.length === 0) return words(`${where}.noExtension`, { name });
  const list = others.map((each) => `'${each}'`).join(', ');
  return words(`${where}.noExtensionVersion`, { name, version, others: list });
}
