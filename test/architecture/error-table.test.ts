import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exitStatuses } from '../../src/cli/exit-status.ts';
import { errorTable } from '../../src/errors.ts';
import { readme, section, tableRows } from './read-readme.ts';

const documented = tableRows(section('errors'));

test('README tells every error code with its exit status, and no other', () => {
  const told = documented.map(([code, exit]) => [code, Number(exit)]);
  const real = Object.entries(errorTable).map(([code, { exit }]) => [`\`${code}\``, exit]);
  expect(told).toEqual(real);
});

test('README says of every error what it means and what to do', () => {
  for (const [code, , meaning, remedy] of documented) {
    expect(meaning, code).not.toBe('');
    expect(remedy, code).not.toBe('');
  }
});

test('README tells every exit status, and no other', () => {
  const told = [...readme.matchAll(/^\| (\d+) +\| [^|]+\|$/gm)].map(([, status]) => Number(status));
  expect(told).toEqual(Object.values(exitStatuses));
  for (const { exit } of Object.values(errorTable)) expect(told).toContain(exit);
});

test('no error is made of another class', () => {
  const source = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8');
  expect(source.match(/class \w+ extends/g)).toEqual(['class BackupError extends']);
});
