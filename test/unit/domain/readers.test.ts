import { describe, expect, test } from 'vitest';
import { anyReader, byPassphrase, lockedBackups, opens } from '../../../src/domain/readers.ts';

describe('what is sealed', () => {
  const cases: [string, string[], string[], boolean][] = [
    ['for nobody is open', [], [], true],
    ['for several keys is opened by each of them', ['age1b'], ['age1a', 'age1b'], true],
    ['for another key stays closed', ['age1c'], ['age1a', 'age1b'], false],
    ['for a key may be opened by a device', [anyReader], ['age1a'], true],
    ['for a key is not opened by a passphrase', [byPassphrase], ['age1a'], false],
    ['with a passphrase is opened by one alone', [byPassphrase], [byPassphrase], true],
    ['with a passphrase is not opened by keys', ['age1a', anyReader], [byPassphrase], false],
  ];
  test.each(cases)('%s', (_, held, readers, expected) => {
    expect(opens(held, readers)).toBe(expected);
  });
});

describe('what nobody opens', () => {
  const sealed = [
    { readers: ['age1old'], backups: 2 },
    { readers: [byPassphrase], backups: 5 },
    { readers: ['age1new'], backups: 9 },
  ];

  test('is nothing where each has a key', () => {
    expect(lockedBackups(sealed, ['age1old', 'age1new', byPassphrase])).toBeNull();
    expect(lockedBackups([], [])).toBeNull();
  });

  test('is told with the key that most of them need, and counted together', () => {
    expect(lockedBackups(sealed, ['age1new'])).toEqual({
      ...{ key: 'the passphrase', readers: [byPassphrase] },
      ...{ backups: 7, setting: 'BACKUP_AGE_PASSPHRASE_FILE' },
    });
    expect(lockedBackups(sealed, ['age1new', byPassphrase])).toMatchObject({
      ...{ key: 'the key of age1old', backups: 2, setting: 'BACKUP_AGE_IDENTITY_FILE' },
    });
  });
});
