import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTree } from '../../../src/system/files.ts';
import { tryLock, waitForLock } from '../../../src/system/lock.ts';

let directory: string;
beforeAll(async () => (directory = await mkdtemp(path.join(tmpdir(), 'lock "数据" '))));
afterAll(() => removeTree(directory));

const fileOf = (name: string) => path.join(directory, name);

test('is held by one until released', () => {
  const first = tryLock(fileOf('one'));
  expect(first).toBeDefined();
  expect(tryLock(fileOf('one'))).toBeUndefined();
  first?.release();
  const second = tryLock(fileOf('one'));
  expect(second).toBeDefined();
  second?.release();
});

test('is shared by readers, and keeps a writer out', () => {
  const readers = [1, 2].map(() => tryLock(fileOf('shared'), { shared: true }));
  expect(readers.every((lock) => lock !== undefined)).toBe(true);
  expect(tryLock(fileOf('shared'))).toBeUndefined();
  readers.forEach((lock) => lock?.release());
});

test('goes to a waiter when released', async () => {
  const holder = tryLock(fileOf('wait'));
  const waiting = waitForLock(fileOf('wait'));
  holder?.release();
  (await waiting).release();
});

test('stops waiting when aborted', async () => {
  const holder = tryLock(fileOf('abort'));
  const stop = new AbortController();
  const waiting = waitForLock(fileOf('abort'), { signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  holder?.release();
});

test('is not fooled by a file that its holder removes', async () => {
  const holder = tryLock(fileOf('removed'));
  const waiting = waitForLock(fileOf('removed'));
  holder?.release({ remove: true });
  const lock = await waiting;
  expect(existsSync(lock.file)).toBe(true);
  expect(tryLock(fileOf('removed'))).toBeUndefined();
  lock.release();
});

test('dies with its holder, even by kill -9', async () => {
  const file = fileOf('killed');
  const child = spawn(
    process.execPath,
    [
      '-e',
      `const fd = require('fs').openSync(process.argv[1], 'a');
       const { status } = require('child_process').spawnSync('flock', ['--nonblock', '3'],
         { stdio: ['ignore', 'ignore', 'ignore', fd] });
       console.log(status); setInterval(() => {}, 1000);`,
      file,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  expect(String(((await once(child.stdout, 'data')) as [Buffer])[0])).toBe('0\n');
  expect(tryLock(file)).toBeUndefined();
  const waiting = waitForLock(file);
  child.kill('SIGKILL');
  (await waiting).release();
});
