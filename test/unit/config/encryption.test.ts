import { describe, expect, test } from 'vitest';
import { loadSettings } from '../../../src/config.ts';

const key = 'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p';
const other = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg';
const load = (environment: Record<string, string>) => loadSettings({ environment, file: null });

describe('recipients', () => {
  test('are public keys, separated by commas or blanks', () => {
    const settings = load({ BACKUP_AGE_RECIPIENTS: `${key}, ${other}` });
    expect(settings.encryption.recipients).toEqual([key, other]);
    expect(load({}).encryption.recipients).toEqual([]);
  });

  test('with one letter wrong are refused: nobody has the private key of that', () => {
    const mistyped = key.replace('ql3z', 'ql3y');
    const attempt = () => load({ BACKUP_AGE_RECIPIENTS: `${other},${mistyped}` });
    expect(attempt).toThrow(`setting 'BACKUP_AGE_RECIPIENTS' must be public keys`);
  });
});
