import { describe, expect, it } from 'vitest';
import { formatMessage } from '../../../src/domain/format-message.ts';
import { errorTable } from '../../../src/errors.ts';
import { en } from '../../../src/web/i18n/en.ts';
import { zhCN } from '../../../src/web/i18n/zh-CN.ts';

describe('the messages of the console', () => {
  it('are there in both languages, with the same things to fill in', () => {
    expect(Object.keys(zhCN).toSorted()).toEqual(Object.keys(en).toSorted());
    const filled = (text: string) =>
      [...new Set(Array.from(text.matchAll(/\{(\w+)/g), ([, name]) => name))].toSorted();
    for (const [key, text] of Object.entries(en)) {
      expect(filled(zhCN[key as keyof typeof en]), key).toEqual(filled(text));
    }
  });

  it('name every error that the API may answer', () => {
    for (const code of Object.keys(errorTable)) expect(Object.keys(en)).toContain(`error.${code}`);
  });

  it('are Chinese where they should be', () => {
    const plain = Object.entries(zhCN).filter(([, text]) => !/[一-鿿]/.test(text));
    expect(plain).toEqual([]);
  });

  it('take numbers, with a word for one and for many', () => {
    expect(formatMessage('{n} {n|table|tables} of {db}', { n: 1, db: 'shop' })).toBe(
      '1 table of shop',
    );
    expect(formatMessage('{n} {n|table|tables}', { n: 2 })).toBe('2 tables');
    expect(formatMessage('{n} {n|table|tables}', { n: '1' })).toBe('1 table');
  });

  it('take lists, with what stands between', () => {
    const values = { what: ['a', 'b'] };
    expect(formatMessage('{what}', values)).toBe('a, b');
    expect(formatMessage('{what; }.', values)).toBe('a; b.');
    expect(formatMessage('{what、}', values)).toBe('a、b');
  });
});
