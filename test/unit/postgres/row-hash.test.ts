import { describe, expect, it } from 'vitest';
import { rowHash } from '../../../src/postgres/row-hash.ts';
import type { ColumnDescription } from '../../../src/postgres/columns.ts';

function column(name: string, baseType: number, notNull = true): ColumnDescription {
  return { name, type: '', baseType, notNull, generated: false, ownTextCast: false };
}

describe('the hash of a row', () => {
  it('is a chain in the order of the names, each seeded with the one before', () => {
    const columns = [column('b', 25), column('C', 23), column('a"', 20)];
    expect(rowHash(columns)).toBe(
      `hashtextextended("b"::text COLLATE "C", ` +
        `hashint8extended("a"""::int8, "a"""::int8 # hashint4extended("C"::int4, 0::int8)))`,
    );
    expect(rowHash(columns.toReversed())).toBe(rowHash(columns));
  });

  it('is a constant for no columns', () => {
    expect(rowHash([])).toBe('0::int8');
  });

  it('names each seed once, so that it grows with the number of columns only', () => {
    const columns = (count: number): ColumnDescription[] =>
      Array.from({ length: count }, (_, index) => column(`column ${1000 + index}`, 1184, false));
    expect(rowHash(columns(100)).length).toBeLessThan(101 * rowHash(columns(1)).length);
    expect(rowHash(columns(1600)).length).toBeLessThan(17 * rowHash(columns(100)).length);
  });
});
