import { expect, test } from 'vitest';
import { roleNames } from '../../../src/postgres/globals.ts';

test('finds the roles that a script makes, whatever they are called', () => {
  const script = [
    'CREATE ROLE postgres;',
    'ALTER ROLE postgres WITH SUPERUSER;',
    'CREATE ROLE "Group ""组""";',
    'CREATE ROLE "two',
    'lines";',
    '-- CREATE ROLE not_this;',
    'CREATE ROLE "a;b c";',
    'GRANT postgres TO "a;b c";',
  ].join('\n');
  expect(roleNames(script)).toEqual(['postgres', 'Group "组"', 'two\nlines', 'a;b c']);
});
