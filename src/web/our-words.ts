import { say, type Words } from '../domain/words.ts';
import { zhCN } from '../domain/words/zh-cn.ts';
import type { Words as GivenWords } from './api-client.ts';
import type { Language } from './i18n/languages.ts';

/** In the reader's language what the service says in English; what is not in our words stays as it is. */
export function ourWords(said: GivenWords | null, english: string, language: Language): string {
  if (language === 'en' || said === null || !isKnown(said)) return english;
  return say(zhCN, said as Words);
}

/** A service of another version may have other texts. */
function isKnown({ key, values }: GivenWords): boolean {
  const parts = Object.values(values).flatMap((value) => (Array.isArray(value) ? value : []));
  return [key, ...parts.map((part) => part.key)].every((each) => Object.hasOwn(zhCN, each));
}
