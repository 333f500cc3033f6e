import { expect, test } from 'vitest';
import { formatFields, formatTable, printable } from '../../../src/cli/table.ts';

const rows = [
  { name: 'a', size: 5 },
  { name: '订单表', size: 1200 },
];

test('columns stand below each other, also beside Chinese names', () => {
  const text = formatTable(rows, [
    { title: 'NAME', of: ({ name }) => name },
    { title: 'SIZE', align: 'right', of: ({ size }) => String(size) },
  ]);
  expect(text).toBe(['NAME    SIZE', 'a          5', '订单表  1200'].join('\n'));
});

test('no rows make no table', () => {
  expect(formatTable([], [{ title: 'NAME', of: () => '' }])).toBe('');
});

test('values of fields stand below each other', () => {
  expect(
    formatFields([
      ['id', 'x'],
      ['state', 'proven'],
    ]),
  ).toBe('id     x\nstate  proven');
});

test('a name cannot move the cursor of a terminal', () => {
  expect(printable('a\u001b[2Jb\n')).toBe('a\\x1b[2Jb\\x0a');
});
