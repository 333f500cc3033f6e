import { expect, test } from 'vitest';
import { settingsTable } from '../../src/config.ts';
import { section } from './read-readme.ts';

test('README has the table of settings as the schema tells it', () => {
  expect(section('settings')).toBe(
    `<!-- prettier-ignore-start -->\n${settingsTable()}\n<!-- prettier-ignore-end -->`,
  );
});
