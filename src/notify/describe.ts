import { alarmWords, type AlarmWords } from '../domain/alarm-texts.ts';
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
  const { subject, meaning, advice } = saidOf(notice, language);
  const where = notice.database === null ? '' : words.ofDatabase(notice.database);
  const time = (iso: string) => `${inZone(new Date(iso), timeZone)} (${timeZone})`;
  const minutes = Math.round((Date.parse(notice.at) - Date.parse(notice.since)) / 60_000);
  const lasted = minutes < 1 ? '' : words.lasted(Math.floor(minutes / 60), minutes % 60);
  return {
    notice,
    title: `[PMA Backup] ${words.events[notice.event]}: ${subject}${where}`,
    lines: [
      words.what(meaning ?? notice.message),
      ...(meaning === null ? [] : [words.detail(notice.message)]),
      words.since(time(notice.since), lasted),
      ...(notice.event === 'cleared'
        ? [words.until(time(notice.at))]
        : todo(words, [advice, notice.hint])),
    ],
  };
}

function saidOf(notice: Notice, language: Language): AlarmWords {
  const { event } = notice;
  if (event !== 'proven' && event !== 'test') return alarmWords(notice, language);
  const subject = texts[language][event];
  return { subject, meaning: language === 'en' ? null : subject, advice: '' };
}

function todo(words: Texts, parts: readonly (string | null)[]): string[] {
  const said = parts.filter((part) => part !== null && part !== '').join(' – ');
  return said === '' ? [] : [words.todo(said)];
}
