import { expect, test } from 'vitest';
import { settingsTable } from '../../src/config.ts';
import { section } from './read-readme.ts';

test('docs/settings.md has the table of settings as the schema tells it', () => {
  expect(section('settings', 'docs/settings.md')).toBe(
    `<!-- prettier-ignore-start -->\n${settingsTable()}\n<!-- prettier-ignore-end -->`,
  );
});

test('README says of the settings that most people need what the schema tells', () => {
  const rows = section('settings').split('\n').slice(1, -1);
  expect(rows.length).toBeGreaterThan(12);
  expect(settingsTable().split('\n')).toEqual(expect.arrayContaining(rows));
});
