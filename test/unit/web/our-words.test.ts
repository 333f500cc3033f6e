import { expect, test } from 'vitest';
import { words } from '../../../src/domain/words.ts';
import { ourWords } from '../../../src/web/our-words.ts';

const said = { key: 'schedules.there', values: { count: 3 } };

test('what the service says is told in the language of the reader', () => {
  expect(ourWords(said, '3 are there', 'en')).toBe('3 are there');
  expect(ourWords(said, '3 are there', 'zh-CN')).toBe('已有 3 个');
});

test('what is not in our words, or in those of another version, stays in English', () => {
  expect(ourWords(null, 'a server said so', 'zh-CN')).toBe('a server said so');
  expect(ourWords({ ...said, key: 'of.tomorrow' }, 'English', 'zh-CN')).toBe('English');
  const values = { what: [words('settings.noFile'), { key: 'of.tomorrow', values: {} }] };
  expect(ourWords({ key: 'settings.read', values }, 'English', 'zh-CN')).toBe('English');
});
