import { describe, expect, test } from 'vitest';
import { compareProperties, compareSequences, compareTables } from '../../../src/domain/compare.ts';
import { compareGlobals } from '../../../src/domain/globals.ts';
import type { DatabaseProperties } from '../../../src/domain/source-reading.ts';

const nothingIgnored = { locale: false, owners: false, privileges: false };

describe('tables', () => {
  const orders = { schema: 'public', table: 'orders', rows: 2, hash: '7' };

  test.each([
    ['equal', [orders], true],
    ['of other contents', [{ ...orders, hash: '8' }], false],
    ['with a row more', [{ ...orders, rows: 3 }], false],
    ['missing', [], false],
    ['of another schema', [{ ...orders, schema: 'other' }], false],
  ])('%s', (_, restored, equal) => {
    expect(compareTables([orders], restored)).toMatchObject([{ equal }]);
  });
});

describe('sequences', () => {
  const at = (value: string, isCalled = true) => ({
    schema: 's',
    sequence: 'q',
    value: { value, isCalled },
  });
  const reading = (before: string, after: string) => ({
    schema: 's',
    sequence: 'q',
    before: { value: before, isCalled: true },
    after: { value: after, isCalled: true },
  });

  test('must have exactly the value of the dump', () => {
    expect(compareSequences([reading('3', '9')], [at('5')], [at('5')])).toMatchObject([
      { equal: true, note: null },
    ]);
    expect(compareSequences([reading('3', '9')], [at('5')], [at('6')])).toMatchObject([
      { equal: false },
    ]);
    expect(compareSequences([reading('3', '9')], [at('5')], [at('5', false)])).toMatchObject([
      { equal: false },
    ]);
    expect(compareSequences([reading('3', '9')], [], [at('5')])).toMatchObject([
      { equal: false, dumped: null },
    ]);
  });

  test('that were set backwards meanwhile are noted, not failed', () => {
    const [proof] = compareSequences([reading('30', '40')], [at('5')], [at('5')]);
    expect(proof).toMatchObject({ equal: true });
    expect(proof?.note).toContain('outside of 30 to 40');
    const counting = compareSequences([reading('-3', '-9')], [at('-5')], [at('-5')]);
    expect(counting).toMatchObject([{ equal: true, note: null }]);
  });
});

describe('properties of the database', () => {
  const source: DatabaseProperties = {
    name: 'shop',
    owner: 'App Owner',
    encoding: 'UTF8',
    collate: 'zh_CN.utf8',
    ctype: 'zh_CN.utf8',
    localeProvider: 'libc',
    icuLocale: null,
    acl: null,
    connectionLimit: -1,
    comment: null,
    settings: [{ role: null, setting: 'work_mem=8MB' }],
  };

  test.each<[string, Partial<DatabaseProperties>, number]>([
    ['another name', { name: 'proof' }, 0],
    ['the default grants in full', { acl: ['=Tc/"App Owner"', '"App Owner"=CTc/"App Owner"'] }, 0],
    ['no grants', { acl: [] }, 1],
    ['another owner', { owner: 'me', acl: ['=Tc/"App Owner"', '"App Owner"=CTc/"App Owner"'] }, 1],
    ['another setting', { settings: [{ role: null, setting: 'work_mem=9MB' }] }, 1],
    ['a comment', { comment: 'x' }, 1],
    ['another locale', { collate: 'C', ctype: 'C' }, 2],
  ])('%s', (_, change, differences) => {
    expect(compareProperties(source, { ...source, ...change }, nothingIgnored)).toHaveLength(
      differences,
    );
  });

  test('a locale that the scratch server lacks is not compared', () => {
    expect(
      compareProperties(
        source,
        { ...source, collate: 'C', ctype: 'C' },
        { ...nothingIgnored, locale: true },
      ),
    ).toEqual([]);
  });
});

describe('roles', () => {
  const globals = (lines: string) =>
    `\\restrict x\nSET client_encoding = 'UTF8';\n${lines}\n\\unrestrict x\n`;
  const compare = (expected: string, restored: string) =>
    compareGlobals({
      expected: globals(expected),
      restored: globals(restored),
      untouched: ['postgres'],
      namesOnly: false,
    });

  test.each([
    ['a role that is missing', 'CREATE ROLE a;', '', ['not restored: CREATE ROLE a']],
    [
      'an attribute',
      'ALTER ROLE a WITH LOGIN;',
      'ALTER ROLE a WITH NOLOGIN;',
      ['not restored: ALTER ROLE a WITH LOGIN', 'restored in addition: ALTER ROLE a WITH NOLOGIN'],
    ],
    [
      'an admin option',
      'GRANT a TO b WITH ADMIN OPTION;',
      'GRANT a TO b;',
      ['not restored: GRANT a TO b WITH ADMIN OPTION', 'restored in addition: GRANT a TO b'],
    ],
  ])('sees %s', (_, expected, restored, lines) => {
    expect(compare(expected, restored)).toEqual(lines);
  });

  test.each([
    ['who granted a membership', 'GRANT a TO b GRANTED BY c;', 'GRANT a TO b GRANTED BY postgres;'],
    ['a password', `ALTER ROLE a WITH LOGIN PASSWORD 'SCRAM';`, 'ALTER ROLE a WITH LOGIN;'],
    ['roles that were there before', 'ALTER ROLE postgres WITH SUPERUSER;', ''],
    [
      'tablespaces',
      `CREATE TABLESPACE t OWNER a LOCATION '/x';\nGRANT ALL ON TABLESPACE t TO a;`,
      '',
    ],
  ])('does not compare %s', (_, expected, restored) => {
    expect(compare(expected, restored)).toEqual([]);
  });
});
