import { expect, it } from 'vitest';
import { en } from '../../../src/web/i18n/en.ts';
import { formatMessage } from '../../../src/domain/format-message.ts';
import type { Translate } from '../../../src/web/i18n/translate.ts';
import { zhCN } from '../../../src/web/i18n/zh-CN.ts';
import { scheduleWhen } from '../../../src/web/schedule-when.ts';

const speak =
  (messages: Readonly<Record<keyof typeof en, string>>): Translate =>
  (key, values) =>
    formatMessage(messages[key], values);

it.each([
  ['00:00', '00:00', '00:00'],
  ['06:00, 18:00', '06:00, 18:00', '06:00, 18:00'],
  ['Sunday 02:00', 'Sunday 02:00', '星期日 02:00'],
  ['day 1 05:00', 'day 1 of the month 05:00', '每月 1 日 05:00'],
  ['*/15 * * * *', 'every 15 minutes', '每 15 分钟'],
  ['30 1 * * *', '01:30', '01:30'],
  ['30 1 * * 1-5', '30 1 * * 1-5', '30 1 * * 1-5'],
  ['?', '?', '?'],
])('a schedule of %s is said %s in English and %s in Chinese', (text, english, chinese) => {
  expect(scheduleWhen(text, 'en', speak(en))).toBe(english);
  expect(scheduleWhen(text, 'zh-CN', speak(zhCN))).toBe(chinese);
});
