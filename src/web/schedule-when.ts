import { readScheduleTime, showScheduleTime, showTimeOfDay } from '../domain/schedule-time.ts';
import type { Translate } from './i18n/translate.ts';
import type { Language } from './i18n/languages.ts';

/** When a schedule runs, as the settings say it, in the reader's language; a cron line that is not simple as it is. */
export function scheduleWhen(text: string, language: Language, t: Translate): string {
  const when = readScheduleTime(text);
  if (!when) return text;
  if ('cron' in when) return cronWhen(when.cron, t);
  const { times, weekday, day } = when;
  const said = times.map(showTimeOfDay).join(', ');
  if (day !== undefined) return t('when.day', { day, times: said });
  return weekday === undefined ? said : `${weekdayName(weekday, language)} ${said}`;
}

function cronWhen(cron: string, t: Translate): string {
  const minutes = /^\*\/(\d+) \* \* \* \*$/.exec(cron)?.[1];
  if (minutes !== undefined) return t('when.minutes', { count: minutes });
  const [, minute, hour] = /^(\d+) (\d+) \* \* \*$/.exec(cron) ?? [];
  if (minute === undefined || hour === undefined) return cron;
  return showScheduleTime({ times: [{ hour: Number(hour), minute: Number(minute) }] });
}

/** 0 is Sunday. */
function weekdayName(weekday: number, language: Language): string {
  const day = new Date(Date.UTC(2023, 0, 1 + weekday)); // the year began with a Sunday
  return day.toLocaleDateString(language, { weekday: 'long', timeZone: 'UTC' });
}
