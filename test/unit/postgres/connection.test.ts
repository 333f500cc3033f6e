import { describe, expect, test } from 'vitest';
import { describeConnection, parseConnection } from '../../../src/postgres/connection.ts';

const environment = { PGUSER: 'me', PGHOST: 'env-host' };

function parse(text: string, variables: Record<string, string> = environment) {
  const { password, ...rest } = parseConnection(text, variables);
  return { ...rest, password: password?.reveal() ?? null };
}

describe('a connection URL', () => {
  test.each([
    ['postgres://u:p@h:6/d', { user: 'u', password: 'p', host: 'h', port: 6, database: 'd' }],
    ['postgresql://h', { user: 'me', host: 'h', port: 5432, database: 'me' }],
    ['postgresql://', { host: 'env-host', user: 'me' }],
    [
      'postgres://u%40x:p%3A%2F%25@h/%E4%BA%BA%20%3F',
      { user: 'u@x', password: 'p:/%', database: '人 ?' },
    ],
    ['postgres://u:a@b@h/d', { user: 'u', password: 'a@b', host: 'h' }],
    ['postgres://[::1]:7/d', { host: '::1', port: 7 }],
    ['postgres://%2Ftmp%2Fpg/d', { host: '/tmp/pg', database: 'd' }],
    [
      'postgres:///d?host=/tmp/pg&port=7&user=x',
      { host: '/tmp/pg', port: 7, user: 'x', database: 'd' },
    ],
    [
      'postgres://h/d?sslmode=verify-full&sslrootcert=/a%20b',
      { sslmode: 'verify-full', sslrootcert: '/a b' },
    ],
    ['postgres://h/d?ssl=true', { sslmode: 'require' }],
    ['postgres://h/d?options=-c%20geqo%3Doff', { options: '-c geqo=off' }],
    ['postgres://h/d?channel_binding=require&application_name=x', { channelBinding: 'require' }],
    ['postgres://h/d?connect_timeout=1', { connectTimeout: 2 }],
    ['postgres://:@h/d', { user: 'me', password: null }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });
});

describe('a key=value text', () => {
  test.each([
    ['host=h port=6 user=u dbname=d', { host: 'h', port: 6, user: 'u', database: 'd' }],
    [
      `host = h password='a b\\'c\\\\' dbname = 'd'`,
      { host: 'h', password: `a b'c\\`, database: 'd' },
    ],
    [`password=a\\ b dbname=''`, { password: 'a b', database: 'me' }],
    ['host=/tmp/pg', { host: '/tmp/pg' }],
    ['', { host: 'env-host', user: 'me', database: 'me', sslmode: 'prefer' }],
  ])('%s', (text, expected) => {
    expect(parse(text)).toMatchObject(expected);
  });
});

test('the text wins over the PG* variables, and these over the defaults', () => {
  const variables = {
    PGHOST: 'h',
    PGPORT: '7',
    PGUSER: 'u',
    PGPASSWORD: 'p',
    PGDATABASE: 'd',
    PGSSLMODE: 'require',
    PGPASSFILE: '/f',
    PGSSLROOTCERT: '/r',
    PGSSLCERT: '/c',
    PGSSLKEY: '/k',
    PGOPTIONS: '-c a=b',
    PGCONNECT_TIMEOUT: '3',
  };
  const fromVariables = {
    host: 'h',
    port: 7,
    user: 'u',
    password: 'p',
    database: 'd',
    sslmode: 'require',
    passfile: '/f',
    sslrootcert: '/r',
    sslcert: '/c',
    sslkey: '/k',
    options: '-c a=b',
    connectTimeout: 3,
  };
  expect(parse('', variables)).toEqual(fromVariables);
  expect(parse('postgres://x:y@z:1/w?sslmode=disable', variables)).toEqual({
    ...fromVariables,
    user: 'x',
    password: 'y',
    host: 'z',
    port: 1,
    database: 'w',
    sslmode: 'disable',
  });
});

describe('what cannot be understood is named, without the password', () => {
  test.each([
    [
      'postgres://u:geheim@h/d?sslmode=on',
      `connection parameter 'sslmode' must be disable, allow, prefer, require, verify-ca, verify-full, got 'on'`,
    ],
    [
      'postgres://u:geheim@h:99999/d',
      `connection parameter 'port' must be a number from 1 to 65535, got '99999'`,
    ],
    [
      'postgres://u:geheim%@h/d',
      `the password part of the connection URL is not percent-encoded UTF-8`,
    ],
    ['postgres://u:geheim@h/d?nonsense=1', `connection parameter 'nonsense' is unknown`],
    ['postgres://u:geheim@h/d?sslmode', `connection parameter 'sslmode' has no value`],
    ['postgres://u:geheim@a,b/d', `several hosts in one connection are not supported`],
    [
      'host=h password=geheim nonsense',
      `the connection text is not 'key=value …' after 'password'`,
    ],
    [`host=h password='geheim`, `the connection text is not 'key=value …' after 'host'`],
    ['mysql://u:geheim@h/d', `the connection text is not 'key=value …'`],
  ])('%s', (text, message) => {
    expect(() => parse(text)).toThrow(message);
    try {
      parse(text);
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('geheim');
      expect(String(error)).not.toContain('geheim');
    }
  });
});

test('a connection is described without its password', () => {
  expect(describeConnection(parseConnection('postgres://u:p@[::1]/d'))).toBe('u@[::1]:5432/d');
});
