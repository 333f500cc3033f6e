import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createOutput } from '../../../src/cli/output.ts';
import { createProgressDisplay, describe } from '../../../src/cli/progress-bar.ts';
import { noProgress, type Progress } from '../../../src/domain/progress.ts';

function display(isTerminal: boolean) {
  const stderr = Object.assign(new PassThrough(), isTerminal ? { isTTY: true, columns: 100 } : {});
  const output = createOutput({ stdout: new PassThrough(), stderr, isTerminal }, { json: false });
  let now = 0;
  const shown = createProgressDisplay(output, () => now);
  return {
    show: (seconds: number, progress: Partial<Progress>) => {
      now = seconds * 1000;
      shown.show({ ...noProgress, ...progress });
    },
    end: () => {
      shown.stop();
      return String((stderr.read() as Buffer | null) ?? '');
    },
  };
}

test('without a terminal there is a line at each change of phase', () => {
  const { show, end } = display(false);
  show(0, { phase: 'dump' });
  show(1, { phase: 'dump', bytes: 1000 });
  show(2, { phase: 'compress', bytes: 0, totalBytes: 2000 });
  expect(end()).toBe('dump\ncompress: 0 B of 2.0 kB\n');
});

test('within a phase there is at most one line in ten seconds, and none without news', () => {
  const { show, end } = display(false);
  show(0, { phase: 'dump' });
  show(9, { phase: 'dump', bytes: 1000 });
  show(10, { phase: 'dump', bytes: 5000, totalBytes: 10_000 });
  show(30, { phase: 'dump', bytes: 5000, totalBytes: 10_000 });
  expect(end()).toBe('dump\ndump: 5.0 kB of 10.0 kB, 500 B/s\n');
});

test('an unknown total shows neither bar nor percentage', () => {
  const { show, end } = display(true);
  show(0, { phase: 'dump', bytes: 1000, tables: 3 });
  const text = end();
  expect(text).toContain('dump: 1.0 kB, 3 tables');
  expect(text).not.toMatch(/[%█]/);
});

test('a known total shows a bar that never claims more than was measured', () => {
  const { show, end } = display(true);
  show(0, { phase: 'verify', bytes: 999, totalBytes: 1000 });
  const text = end();
  expect(text).toContain('99%');
  expect(text).not.toContain('100%');
});

test('progress is told in words', () => {
  const progress = { ...noProgress, phase: 'verify' as const, step: 'comparing public.orders' };
  expect(describe({ ...progress, tables: 12, totalTables: 40 }, 0)).toBe(
    'verify: 12 of 40 tables, comparing public.orders',
  );
});
