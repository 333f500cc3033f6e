import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once as event } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BackupSummary } from '../../src/domain/backup.ts';
import { removeTree } from '../../src/system/files.ts';
import { untilOutput } from '../harness/service.ts';

const checkout = fileURLToPath(new URL('../..', import.meta.url));
let parent: string;
let clone: string;

// The longest way a path can go wrong: a parent that nobody else may enter, and a path of over 150 characters.
beforeAll(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'private-')); // mkdtemp makes it with mode 700
  clone = path.join(parent, 'a-rather-long-name-'.repeat(8), 'clone');
  await mkdir(clone, { recursive: true });
  for (const name of ['bin', 'scripts', 'dist', 'package.json', 'package-lock.json']) {
    await cp(path.join(checkout, name), path.join(clone, name), { recursive: true });
  }
  await symlink(path.join(checkout, 'node_modules'), path.join(clone, 'node_modules'));
});

afterAll(() => removeTree(parent));

describe('up --once', () => {
  it('makes a proven backup of the sample database below a private directory, and leaves nothing running', async () => {
    const done = await once();
    expect(done.status, done.stderr).toBe(0);
    const summary = JSON.parse(done.stdout.trimEnd().split('\n').at(-1)!) as BackupSummary;
    expect(summary).toMatchObject({ database: 'sample', kind: 'full', state: 'proven' });
    expect(summary.proof!.tables).toBeGreaterThan(5);
    expect(await readdir(path.dirname(summary.artifact!.path))).toHaveLength(4);
  }, 180_000);

  it('works again on what a first run left', async () => {
    const done = await once();
    expect(done.status, done.stderr).toBe(0);
  }, 180_000);
});

describe('up', () => {
  const running: ChildProcess[] = [];
  afterAll(() => running.forEach((child) => child.kill('SIGKILL')));

  async function up(): Promise<ChildProcess> {
    const child = spawn(program(), ['up'], { env: environment(), cwd: clone });
    running.push(child);
    await untilOutput(child, /to stop/);
    return child;
  }

  it('starts on what kill -9 left, and ends on SIGTERM with status 0 and nothing left running', async () => {
    const killed = await up();
    killed.kill('SIGKILL');
    await event(killed, 'exit');
    const child = await up();
    child.kill('SIGTERM');
    expect(await event(child, 'exit')).toEqual([0, null]);
    expect(await readdir(path.join(clone, 'var', 'run'))).not.toContain('service.json');
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
    expect(stdout.split('\n').filter((line) => line.includes(clone))).toEqual([]);
  }, 180_000);
});

const program = () => path.join(clone, 'bin', 'pma-backup');

function environment(): Record<string, string> {
  const { PATH = '', HOME = '/', XDG_CACHE_HOME, TMPDIR = '/tmp' } = process.env;
  return { PATH, HOME, TMPDIR, ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}) };
}

function once(): Promise<{ status: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(
      program(),
      ['up', '--once', '--json'],
      { env: environment(), cwd: clone },
      (error, stdout, stderr) => {
        const status = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
        resolve({ status, stdout, stderr });
      },
    );
  });
}
