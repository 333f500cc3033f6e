import { alarmType } from '../domain/alarm.ts';
import { inZone } from '../domain/format-time.ts';
import type { Notice } from '../domain/notice.ts';
import type { Message } from './channel.ts';
import { en } from './texts/en.ts';
import type { Texts } from './texts/texts.ts';
import { zhCN } from './texts/zh-cn.ts';

const texts = { en, 'zh-CN': zhCN } as const satisfies Record<string, Texts>;

export interface DescribeOptions {
  readonly language: keyof typeof texts;
  readonly timeZone: string;
}

/** What happened, since when and what to do, in a language. */
export function describeNotice(notice: Notice, { language, timeZone }: DescribeOptions): Message {
  const words = texts[language];
  const subject = subjectOf(notice, words);
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
      ...(notice.event === 'cleared' ? [words.until(time(notice.at))] : todo(notice, words)),
    ],
  };
}

function subjectOf({ event, key }: Notice, words: Texts): string {
  if (event === 'proven') return words.proven;
  return event === 'test' ? words.test : words.alarms[alarmType(key)].subject;
}

function todo({ event, key, hint }: Notice, words: Texts): string[] {
  if (event === 'proven' || event === 'test') return [];
  const { advice } = words.alarms[alarmType(key)];
  const both = [advice, hint].filter((part) => part !== null && part !== '').join(' – ');
  return both === '' ? [] : [words.todo(both)];
}
