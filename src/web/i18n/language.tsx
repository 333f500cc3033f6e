import { createContext, use, useEffect, useMemo, useState, type ReactNode } from 'react';
import { formatMessage } from '../../domain/format-message.ts';
import { en, type MessageKey } from './en.ts';
import { languages, type Language } from './languages.ts';
import type { Translate } from './translate.ts';
import { zhCN } from './zh-CN.ts';

const messages: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = {
  en,
  'zh-CN': zhCN,
};

interface Speech {
  readonly language: Language;
  readonly setLanguage: (language: Language) => void;
  readonly t: Translate;
}

const SpeechContext = createContext<Speech | null>(null);
const storageKey = 'pma-language';

/** Language for all below it: what was chosen, else the first of the browser's that we speak. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(initialLanguage);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo(
    (): Speech => ({
      language,
      setLanguage: (chosen) => {
        localStorage.setItem(storageKey, chosen);
        setLanguage(chosen);
      },
      t: (key, values) => formatMessage(messages[language][key], values),
    }),
    [language],
  );
  return <SpeechContext value={speech}>{children}</SpeechContext>;
}

export function useLanguage(): Speech {
  const speech = use(SpeechContext);
  if (!speech) throw new Error('useLanguage needs a LanguageProvider above it');
  return speech;
}

/** The message of a key that is put together; undefined: there is none. */
export function messageOf(language: Language, key: string): string | undefined {
  return Object.hasOwn(messages[language], key) ? messages[language][key as MessageKey] : undefined;
}

function initialLanguage(): Language {
  const stored = localStorage.getItem(storageKey);
  if (stored !== null && stored in languages) return stored as Language;
  for (const wanted of navigator.languages) {
    if (wanted.toLowerCase().startsWith('zh')) return 'zh-CN';
    if (wanted.toLowerCase().startsWith('en')) return 'en';
  }
  return 'en';
}
