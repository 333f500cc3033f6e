import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { runProgram, streamProgram } from '../../../src/system/program.ts';
import { withinRun } from '../../../src/system/run.ts';

const sh = (script: string, into: PassThrough, signal = new AbortController().signal) =>
  streamProgram('sh', ['-c', script], into, { signal });

describe('a program that writes into a stream', () => {
  test('leaves it open for what comes behind', async () => {
    const into = new PassThrough();
    await sh('echo one; echo two', into);
    into.end('three');
    expect(await text(into)).toBe('one\ntwo\nthree');
  });

  test('fails with what it said last', async () => {
    const into = new PassThrough();
    into.resume();
    const failing = sh('echo half; echo "no such table" >&2; exit 3', into);
    await expect(failing).rejects.toMatchObject({
      code: 'program_failed',
      message: expect.stringContaining('no such table') as string,
    });
  });

  test.each([
    ['is not read any more', (into: PassThrough) => void into.destroy()],
    ['is cancelled', (_: PassThrough, stop: AbortController) => stop.abort(new Error('enough'))],
  ])('ends when it %s', async (_, leave) => {
    const [into, stop] = [new PassThrough(), new AbortController()];
    const running = sh('exec yes', into, stop.signal);
    into.once('data', () => leave(into, stop));
    await expect(running).rejects.toThrow();
  });
});

test('a program knows the run that it is started for, and none where it is for none', async () => {
  const { signal } = new AbortController();
  const run = () => runProgram('sh', ['-c', 'echo "run=$PMA_RUN"'], { signal });
  expect((await withinRun('backup/shop/full-1', run)).stdout).toBe('run=backup/shop/full-1');
  expect((await run()).stdout).toBe('run=');
});
