import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { reasonWords, stopWords } from '../../../src/web/reason-words.ts';

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

const half = 'would delete 3 of 4, more than half';
const clock = `the clock, 2026-01-01T00:00:00.000Z, is before the newest backup, 'shop_full_1'`;
it.each([
  [`full in 'local'`, half, `shop，目的地 'local' 中全量备份：将删除 4 个中的 3 个，超过一半`],
  [
    `data_only of module 'words' in 'local' of host h-1`,
    ...[
      half,
      `shop，主机 h-1 的目的地 'local' 中模块 'words' 的仅数据备份：将删除 4 个中的 3 个，超过一半`,
    ],
  ],
  [
    `schema_only in 's3'`,
    ...[
      clock,
      `shop，目的地 's3' 中仅结构备份：本机时钟（2026-01-01T00:00:00.000Z）早于最新的备份 'shop_full_1'`,
    ],
  ],
])('a clean-up that stops for %s: %s', (series, reason, chinese) => {
  const stop = { database: 'shop', series, reason };
  expect(stopWords(stop, 'zh-CN')).toBe(chinese);
  expect(stopWords(stop, 'en')).toBe(`shop, ${series}: ${reason}`);
});

it('every reason for which retention stopped in its examples has Chinese words', () => {
  const reasons = readdirSync(golden)
    .map((file) => readFileSync(new URL(file, golden), 'utf8'))
    .flatMap((text) => text.match(/would delete \d.*$|the clock, .*$/gm) ?? []);
  expect(reasons.length).toBeGreaterThan(2);
  for (const reason of reasons) {
    const stop = { database: 'shop', series: `full in 'local'`, reason };
    expect(stopWords(stop, 'zh-CN'), reason).not.toContain(reason);
  }
});
