import { messageOf } from './i18n/language.tsx';
import type { Language } from './i18n/languages.ts';

/** What a run is called; a workflow type that we do not know, by its own name. */
export function runName(type: string, language: Language): string {
  return messageOf(language, `workflow.${type}`) ?? type;
}

/** What a schedule does: a kind of backup, perhaps of a module, or upkeep. */
export function scheduleName(name: string, language: Language): string {
  const [what = '', module] = name.split('/');
  const said = messageOf(language, `kind.${what}`) ?? runName(what, language);
  return module === undefined ? said : `${said} · ${module}`;
}
