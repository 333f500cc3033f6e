import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';

function logged(logFormat: 'json' | 'text', fields: object): string {
  const output = new PassThrough();
  createLogger({ logLevel: 'info', logFormat }, output).info(fields, 'sealed');
  return String(output.read());
}

test('a line of JSON has a time, a level and what was said', () => {
  expect(JSON.parse(logged('json', { backup: 'b' }))).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
    backup: 'b',
    msg: 'sealed',
  });
});

test('text is for people', () => {
  expect(logged('text', { backup: 'b' })).toMatch(/INFO.*sealed.*"backup":"b"/);
});

test.each(['json', 'text'] as const)('no secret is written as %s', (format) => {
  const secret = new Secret('geheim');
  const connection = { password: 'geheim', secret };
  expect(logged(format, { connection, deep: { connection }, apiKey: 'geheim' })).not.toContain(
    'geheim',
  );
});
