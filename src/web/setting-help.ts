import { settingHelp } from './i18n/zh-CN-settings.ts';
import type { Language } from './i18n/languages.ts';

/** What a setting is for, in the reader's language; `help` is the service's, in English. */
export function settingHelpFor(name: string, help: string, language: Language): string {
  return language === 'en' ? help : (settingHelp[inSchema(name)] ?? help);
}

/** The place in the settings file of one of several databases, destinations or channels. */
function inSchema(name: string): string {
  if (name.startsWith('databases[')) return 'databases';
  if (name.startsWith("destination '")) return 'destinations';
  return name.startsWith("channel '") ? 'alerts.channels' : name;
}
