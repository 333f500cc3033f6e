import { describe, expect, it } from 'vitest';
import { inEnglish, say, words } from '../../../src/domain/words.ts';
import { en } from '../../../src/domain/words/en.ts';
import { zhCN } from '../../../src/domain/words/zh-cn.ts';

const texts = Object.entries(en) as [keyof typeof en, string][];

describe('what we say in words of our own', () => {
  it('is filled with the same things in both languages', () => {
    const filled = (text: string) =>
      [...new Set(Array.from(text.matchAll(/\{(\w+)/g), ([, name]) => name))].toSorted();
    for (const [key, text] of texts) expect(filled(zhCN[key]), key).toEqual(filled(text));
  });

  it('is Chinese where it should be', () => {
    const isSaid = (text: string) => /[a-z]/i.test(text.replace(/\{[^}]*\}/g, ''));
    const plain = texts.filter(([key, text]) => isSaid(text) && !/[一-鿿]/.test(zhCN[key]));
    expect(plain).toEqual([]);
  });

  it('joins the parts of a text', () => {
    const where = words('settings.file', { file: '/etc/pma.yaml' });
    const read = words('settings.read', {
      what: [where, words('settings.databases', { count: 1 })],
    });
    expect(inEnglish(read)).toBe(`'/etc/pma.yaml', 1 database`);
    expect(say(zhCN, read)).toBe(`设置文件 '/etc/pma.yaml'，1 个数据库`);
  });

  it('puts in what it is given as it is', () => {
    const odd = words('catalog.answers', { where: '{where} $& $1' });
    expect(inEnglish(odd)).toBe('{where} $& $1 answers');
  });
});
