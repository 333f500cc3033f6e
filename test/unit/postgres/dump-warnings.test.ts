import { describe, expect, test } from 'vitest';
import { unknownWarnings } from '../../../src/postgres/dump-warnings.ts';

describe('known warnings', () => {
  test.each<[string, string[]]>([
    [
      'circular foreign keys, as pg_dump 15 says it',
      [
        'pg_dump: warning: there are circular foreign-key constraints on this table:',
        'pg_dump: detail: employees',
        'pg_dump: hint: You might not be able to restore the dump without using --disable-triggers or temporarily dropping the constraints.',
        'pg_dump: hint: Consider using a full dump instead of a --data-only dump to avoid this problem.',
      ],
    ],
    [
      'circular foreign keys, as pg_dump 13 says it',
      [
        'pg_dump: warning: there are circular foreign-key constraints among these tables:',
        'pg_dump:   a',
        'pg_dump:   b',
        'pg_dump: You might not be able to restore the dump without using --disable-triggers or temporarily dropping the constraints.',
        'pg_dump: Consider using a full dump instead of a --data-only dump to avoid this problem.',
      ],
    ],
    [
      'locale data that changed under the database',
      [
        'WARNING:  database "shop" has a collation version mismatch',
        'DETAIL:  The database was created using collation version 2.31, but the operating system provides version 2.36.',
        'HINT:  Rebuild all objects in this database that use the default collation and run ALTER DATABASE shop REFRESH COLLATION VERSION, or build PostgreSQL with the right library version.',
      ],
    ],
    [
      'a membership whose grantor is gone',
      [
        'pg_dumpall: warning: grant of role "a" to "b" has invalid grantor OID 16500',
        'pg_dumpall: detail: This grant will be dumped without GRANTED BY.',
      ],
    ],
    ['nothing at all', ['', ' ']],
  ])('%s', (_, lines) => {
    expect(unknownWarnings(lines)).toEqual([]);
  });
});

describe('unknown warnings', () => {
  test.each([
    'pg_dump: warning: subscriptions not dumped because current user is not a superuser',
    'pg_dump: warning: could not resolve dependency loop among these items:',
    'NOTICE:  hello from an event trigger',
    'pg_dump: detail: of nothing that was said before',
    'anything else',
  ])('%s', (line) => {
    expect(unknownWarnings([line])).toEqual([line]);
  });

  test('take their details along, known ones beside them do not', () => {
    const unknown = [
      'pg_dump: warning: could not resolve dependency loop among these items:',
      'pg_dump: detail:   TABLE a',
    ];
    const known = [
      'pg_dump: warning: there are circular foreign-key constraints on this table:',
      'pg_dump: detail: a',
    ];
    expect(unknownWarnings([...known, ...unknown, ...known])).toEqual(unknown);
  });
});
