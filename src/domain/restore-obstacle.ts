import type { Obstacle } from './restore.ts';
import { inEnglish, type Words } from './words.ts';

/** What keeps a restore from starting; a text is a fact that others found. */
export function obstacle(fact: Words | string, hint: Words): Obstacle {
  const isOthers = typeof fact === 'string';
  return {
    ...{ fact: isOthers ? fact : inEnglish(fact), hint: inEnglish(hint) },
    words: { fact: isOthers ? null : fact, hint },
  };
}
