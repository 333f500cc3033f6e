import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reasonWords } from '../../../src/web/reason-words.ts';

const golden = new URL('../domain/retention-golden/', import.meta.url);

it('every reason that retention gave in its examples has Chinese words', () => {
  const reasons = readdirSync(golden)
    .filter((file) => file.endsWith('.txt'))
    .flatMap((file) => readFileSync(new URL(file, golden), 'utf8').split('\n'))
    .flatMap((line) => /(?:kept|deleted)(?: until \S+)?: .*$/.exec(line)?.[0] ?? []);
  expect(reasons.length).toBeGreaterThan(100);
  for (const reason of new Set(reasons)) {
    expect(reasonWords(reason, 'zh-CN'), reason).toMatch(/^(保留|删除).*[：:]/);
    expect(reasonWords(reason, 'en')).toBe(reason);
  }
});

it.each([
  ['kept: newest proven full', '保留：最新的已验证全量备份'],
  ['kept: oldest, daily 2 of 7', '保留：最旧的一份，每日保留的 7 份中的第 2 份'],
  ['kept: its full is last 1 of 4', '保留：其全量备份为最近 4 份中的第 1 份'],
  ['kept: locked, until when is not known', '保留：已锁定，期限未知'],
  ['kept until 2026-03-01T00:00:00.000Z: locked', '保留至 2026-03-01T00:00:00.000Z：已锁定'],
  [
    'kept: clean-up stopped; else deleted: older than 1 day',
    '保留：清理已停止；否则删除：超过 1 天',
  ],
  [
    'deleted: failed, older than 30 days, not among last 4, daily 7',
    '删除：失败，超过 30 天，不在保留数量之内：最近 4 份，每日 7 份',
  ],
  ['deleted: not among weekly 4', '删除：不在保留数量之内：每周 4 份'],
  ['kept: for a reason of tomorrow', 'kept: for a reason of tomorrow'],
])('%s is %s', (reason, words) => {
  expect(reasonWords(reason, 'zh-CN')).toBe(words);
});
