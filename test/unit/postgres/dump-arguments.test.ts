import { expect, test } from 'vitest';
import { dumpArguments, exactPatterns } from '../../../src/postgres/dump-arguments.ts';

const common = { snapshot: '00000003-1', target: '/w/dump', lockTimeoutSeconds: 5 };

test('a full dump is an uncompressed directory, written by several jobs at the snapshot', () => {
  expect(dumpArguments({ ...common, jobs: 4 })).toEqual([
    '--format=directory',
    '--jobs=4',
    '--compress=0',
    '--snapshot=00000003-1',
    '--lock-wait-timeout=5000',
    '--no-sync',
    '--no-password',
    '--file=/w/dump',
  ]);
});

test('only a directory is written by several jobs', () => {
  const line = dumpArguments({ ...common, format: 'custom', jobs: 4 }).join(' ');
  expect(line).not.toMatch(/jobs/);
});

test('other kinds say what they leave out', () => {
  expect(dumpArguments({ ...common, kind: 'schema_only', format: 'plain' })).toContain(
    '--schema-only',
  );
  expect(dumpArguments({ ...common, kind: 'data_only' })).toContain('--data-only');
  expect(dumpArguments({ ...common, excludeTableData: ['"a"."b"'] })).toContain(
    '--exclude-table-data="a"."b"',
  );
});

test('exact patterns mean names as they are, many in one argument', () => {
  const many = Array.from({ length: 501 }, (_, n) => ({ schema: 'S"q', name: `t${n}` }));
  const patterns = exactPatterns([{ schema: '组 织', name: 'a "b"|c' }, ...many]);
  expect(patterns).toHaveLength(3);
  expect(patterns[0]).toBe('"组 织".("a ""b""|c")');
  expect(patterns[1]).toMatch(/^"S""q"\.\("t0"\|"t1"\|/);
  expect(patterns[2]).toBe('"S""q".("t500")');
});

test('a module leaves large objects out', () => {
  expect(dumpArguments({ ...common, largeObjects: false })).toContain('--no-blobs');
});
