import { errorTexts } from '../../domain/error-texts.ts';
import type { Language } from './languages.ts';

/** What to do about a failure, by its code; null: its own hint says so in this language. */
export function remedyOf(code: string, language: Language): string | null {
  if (language === 'en' || !Object.hasOwn(errorTexts, code)) return null;
  return errorTexts[code as keyof typeof errorTexts].remedy;
}
