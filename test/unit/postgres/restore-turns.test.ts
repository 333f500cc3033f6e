import { expect, test } from 'vitest';
import type { TocEntry } from '../../../src/postgres/toc.ts';
import { takeTurns } from '../../../src/postgres/restore-turns.ts';

const toc = [
  '1; 1259 11 TABLE public measured owner',
  '2; 0 11 TABLE DATA public measured owner',
  '3; 2606 12 CONSTRAINT public measured measured_pkey owner',
  '4; 1259 13 INDEX public measured measured_at_idx owner',
  '5; 0 0 INDEX ATTACH public measured_2024_pkey owner',
  '6; 1259 14 INDEX public totals totals_idx owner',
  '7; 2606 15 FK CONSTRAINT public alarms alarms_at_fkey owner',
  '8; 0 0 COMMENT public CONSTRAINT alarms_at_fkey ON alarms owner',
];

test('indexes of partitions are attached one by one: after every index, before the foreign keys that need them', () => {
  expect(numbers(takeTurns(entries(toc), 4))).toEqual([
    [4, [1, 2, 3, 4, 6]],
    [1, [5]],
    [4, [7, 8]],
  ]);
});

test('a dump without partitions is restored in one turn', () => {
  const plain = entries(toc.filter((line) => !line.includes('ATTACH')));
  expect(takeTurns(plain, 4)).toEqual([{ jobs: 4, entries: plain }]);
});

test('a single job needs no turns', () => {
  expect(takeTurns(entries(toc), 1)).toEqual([{ jobs: 1, entries: entries(toc) }]);
});

test('a turn without entries is none', () => {
  expect(takeTurns([], 4)).toEqual([]);
  expect(numbers(takeTurns(entries(toc.slice(4, 6)), 4))).toEqual([
    [4, [6]],
    [1, [5]],
  ]);
});

function entries(lines: readonly string[]): TocEntry[] {
  return lines.map((line) => ({ line, text: line.replace(/^\d+; \d+ \d+ /, '') }));
}

function numbers(turns: ReturnType<typeof takeTurns>): [number, number[]][] {
  return turns.map(({ jobs, entries }) => [jobs, entries.map(({ line }) => parseInt(line, 10))]);
}
