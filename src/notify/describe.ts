import { alarmTexts } from '../domain/alarm-texts.ts';
import { alarmType } from '../domain/alarm.ts';
import { inZone } from '../domain/format-time.ts';
import type { Notice } from '../domain/notice.ts';
import type { Message } from './channel.ts';
import { en } from './texts/en.ts';
import type { Texts } from './texts/texts.ts';
import { zhCN } from './texts/zh-cn.ts';

const texts = { en, 'zh-CN': zhCN } as const satisfies Record<string, Texts>;
type Language = keyof typeof texts;

export interface DescribeOptions {
  readonly language: Language;
  readonly timeZone: string;
}

/** What happened, since when and what to do, in a language. */
export function describeNotice(notice: Notice, { language, timeZone }: DescribeOptions): Message {
  const words = texts[language];
  const subject = subjectOf(notice, language);
  const where = notice.database === null ? '' : words.ofDatabase(notice.database);
  const time = (iso: string) => `${inZone(new Date(iso), timeZone)} (${timeZone})`;
  const minutes = Math.round((Date.parse(notice.at) - Date.parse(notice.since)) / 60_000);
  const lasted = minutes < 1 ? '' : words.lasted(Math.floor(minutes / 60), minutes % 60);
  return {
    notice,
    title: `[PMA Backup] ${words.events[notice.event]}: ${subject}${where}`,
    lines: [
      words.what(notice.message),
      words.since(time(notice.since), lasted),
      ...(notice.event === 'cleared' ? [words.until(time(notice.at))] : todo(notice, language)),
    ],
  };
}

function subjectOf({ event, key }: Notice, language: Language): string {
  if (event === 'proven' || event === 'test') return texts[language][event];
  return alarmTexts[language][alarmType(key)].subject;
}

function todo({ event, key, hint }: Notice, language: Language): string[] {
  if (event === 'proven' || event === 'test') return [];
  const { advice } = alarmTexts[language][alarmType(key)];
  const both = [advice, hint].filter((part) => part !== null && part !== '').join(' – ');
  return both === '' ? [] : [texts[language].todo(both)];
}
