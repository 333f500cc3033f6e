import { expect, test } from 'vitest';
import { errorTexts } from '../../src/domain/error-texts.ts';
import { shellBlocks } from '../harness/shell-blocks.ts';
import { readDocument, section, tableRows } from './read-readme.ts';

const chinese = 'README.zh-CN.md';
const remedy = `tell it in ${chinese}, too`;

test('the Chinese README has the headings of the English one, level by level', () => {
  const levels = (document: string) =>
    Array.from(readDocument(document).matchAll(/^(#+) .*$/gm), ([, marks]) => marks);
  // Comments in blocks begin with one mark, too: there are as many of them.
  expect(levels(chinese), remedy).toEqual(levels('README.md'));
});

test('the Chinese README has the commands of the English one, block by block', () => {
  const commands = (document: string) => shellBlocks(document).map((block) => block.commands);
  expect(commands(chinese), remedy).toEqual(commands('README.md'));
});

test('the Chinese README has the example of settings of the English one', () => {
  const examples = (document: string) => readDocument(document).match(/^```yaml\n[^]*?^```$/gm);
  expect(examples(chinese), remedy).toEqual(examples('README.md'));
});

// What is told in both, column by column; the others are words.
test.each([
  ['commands', [0, 2]],
  ['settings', [0, 1]],
  ['errors', [0, 1]],
])('the Chinese README has every row of the table of %s', (name, columns) => {
  const rows = (document: string) => tableRows(section(name, document).replace(/^<!--.*\n/, ''));
  const told = (document: string) =>
    rows(document).map((cells) => columns.map((column) => cells[column]));
  expect(told(chinese), remedy).toEqual(told('README.md'));
  for (const cells of rows(chinese))
    for (const [column, cell] of cells.entries())
      if (!columns.includes(column) && cell !== '无')
        expect(cell, cells[0]).toMatch(/\p{Script=Han}|^`/u);
});

test('the Chinese README says of each error what alerts and the console say', () => {
  const said = Object.values(errorTexts).map(({ meaning, remedy: what }) => [meaning, what]);
  const rows = tableRows(section('errors', chinese)).map((cells) => cells.slice(2));
  expect(rows.map((cells) => cells.map((cell) => cell.replaceAll('`', '')))).toEqual(said);
});

test('the Chinese README names the same words in code, paragraph by paragraph', () => {
  const words = (document: string) => {
    const prose = readDocument(document).replaceAll(/^```[^]*?^```$/gm, '');
    const sections = prose.split(/^## .*$/m);
    return sections.map((text) => [...new Set(text.match(/`[^`\n]+`/g))].sort());
  };
  const [theirs, ours] = [words(chinese), words('README.md')];
  for (const [index, expected] of ours.entries()) expect(theirs[index], remedy).toEqual(expected);
});
