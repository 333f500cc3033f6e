import type { Obstacle } from './restore.ts';
import { inEnglish, type Words } from './words.ts';

/** What keeps a restore from starting. */
export function obstacle(fact: Words, hint: Words): Obstacle {
  return { fact: inEnglish(fact), hint: inEnglish(hint), words: { fact, hint } };
}
