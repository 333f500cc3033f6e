import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';
import { withinRun } from '../../src/system/run.ts';

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

test('what is logged at work for a run has its id', () => {
  const line = withinRun('backup/shop/full-1', () => logged('json', { backup: 'b' }));
  expect(JSON.parse(line)).toMatchObject({ run: 'backup/shop/full-1', backup: 'b' });
  expect(JSON.parse(logged('json', {}))).not.toHaveProperty('run');
});
