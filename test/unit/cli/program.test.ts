import { PassThrough, Writable } from 'node:stream';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createOutput } from '../../../src/cli/output.ts';
import type { Verified } from '../../../src/domain/run.ts';
import { BackupError } from '../../../src/errors.ts';
import { checkCopies } from '../../../src/service/check-copies.ts';
import { createBackup } from '../../../src/service/create-backup.ts';
import { verifyBackup } from '../../../src/service/verify-backup.ts';
import { runCommand, testSettings } from '../../harness/run-command.ts';
import { summary } from './summaries.ts';

vi.mock('../../../src/service/create-backup.ts', () => ({ createBackup: vi.fn() }));
vi.mock('../../../src/service/verify-backup.ts', () => ({ verifyBackup: vi.fn() }));
vi.mock('../../../src/service/check-copies.ts', () => ({ checkCopies: vi.fn() }));
vi.mock('../../../src/service/start-service.ts', () => ({}));

beforeEach(() => {
  vi.mocked(createBackup).mockReset().mockResolvedValue([summary()]);
});

describe('wrong usage ends with 2 and names what is allowed', () => {
  test.each([
    ['', /no command given/, /allowed: up, worker, server, backup/],
    ['bakup', /unknown command 'bakup'/, /did you mean 'backup'.*allowed: up,/],
    ['backup --kind ful', /argument 'ful' is invalid/, /allowed: full, incremental/],
    ['backup --compress', /unknown option '--compress'/, /allowed: .*--kind.*--json/],
    ['backup a b', /too many arguments/, /pma-backup backup --help/],
    ['show', /missing required argument 'id'/, /pma-backup show --help/],
    ['list --state prove', /argument 'prove' is invalid/, /allowed: running, proven/],
    ['config', /no command given/, /allowed: show/],
  ])('pma-backup %s', async (line, message, hint) => {
    const { status, stdout, stderr } = await runCommand(line);
    const [error, hints] = stderr.split('\n');
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(error).toMatch(message);
    expect(hints).toMatch(/^hint: /);
    expect(hints).toMatch(hint);
  });
});

test('help and version go to standard output and end with 0', async () => {
  const help = await runCommand('--help');
  expect([help.status, help.stderr]).toEqual([0, '']);
  expect(help.stdout).toContain('backup [options] [database]');
  expect((await runCommand('backup --help')).stdout).toContain('--json');
  expect((await runCommand('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

describe('a failure', () => {
  const failure = new BackupError('login_refused', `server 'db' refused role 'reader'`, {
    hint: 'is the password right?',
    detail: 'FATAL: no',
    cause: new Error('from pg'),
  });

  test('is an error and a hint, without a stack', async () => {
    vi.mocked(createBackup).mockRejectedValue(failure);
    const { status, stdout, stderr } = await runCommand('backup');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(`error: server 'db' refused role 'reader'\nhint: is the password right?\n`);
  });

  test('has detail, stack and cause with --debug', async () => {
    vi.mocked(createBackup).mockRejectedValue(failure);
    const { stderr } = await runCommand('backup --debug');
    expect(stderr).toMatch(/FATAL: no[^]*program\.test\.ts[^]*from pg/);
  });

  test('is an object in the last line of standard output with --json', async () => {
    vi.mocked(createBackup).mockRejectedValue(failure);
    const { status, json } = await runCommand('backup --json');
    expect(status).toBe(1);
    expect(json()).toEqual({
      error: {
        code: 'login_refused',
        message: `server 'db' refused role 'reader'`,
        hint: 'is the password right?',
      },
    });
  });

  test('of wrong usage is an object, too', async () => {
    const { status, json } = await runCommand('backup --json --kind all');
    expect(status).toBe(2);
    expect(json()).toMatchObject({ error: { code: 'usage' } });
  });

  test('of the settings ends with 2', async () => {
    const settings = () => {
      throw new BackupError('invalid_settings', 'setting is wrong', { hint: 'mend it' });
    };
    const { status, stderr } = await runCommand('config show', { settings });
    expect([status, stderr]).toEqual([2, 'error: setting is wrong\nhint: mend it\n']);
  });

  test('nobody foresaw keeps its stack to itself', async () => {
    vi.mocked(createBackup).mockRejectedValue(new TypeError('x is not a function'));
    const { status, stderr } = await runCommand('backup');
    expect([status, stderr]).toEqual([1, 'error: x is not a function\n']);
  });
});

describe('backup', () => {
  test('prints one backup as an object', async () => {
    const { status, json } = await runCommand('backup shop --json');
    expect(status).toBe(0);
    expect(json()).toEqual(summary());
    expect(vi.mocked(createBackup).mock.calls[0]?.[1]).toEqual({ database: 'shop', kind: 'full' });
  });

  test('prints several backups as an array and ends with the worst status', async () => {
    const both = [summary(), summary({ id: 'crm_full_20260301_160000', state: 'unproven' })];
    vi.mocked(createBackup).mockResolvedValue(both);
    const { status, json } = await runCommand('backup --json');
    expect(status).toBe(5);
    expect(json()).toEqual(both);
  });

  test('says everything else on standard error', async () => {
    vi.mocked(createBackup).mockImplementation((_, __, watch) => {
      watch.onStarted('backup/shop/full-2026-03-01T16:00:00Z');
      watch.onProgress({
        ...{ phase: 'dump', backup: null, bytes: 0, totalBytes: null },
        ...{ tables: 0, totalTables: null, step: '' },
      });
      return Promise.resolve([summary()]);
    });
    const { stdout, stderr } = await runCommand('backup --json');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toBe(`started 'backup/shop/full-2026-03-01T16:00:00Z'\ndump\n`);
  });

  test('without waiting prints the run', async () => {
    vi.mocked(createBackup).mockImplementation((_, __, watch) => {
      watch.onStarted('backup/all/full-2026-03-01T16:00:00Z');
      return Promise.resolve([]);
    });
    const { status, json } = await runCommand('backup --no-wait --json');
    expect(status).toBe(0);
    expect(json()).toEqual({ workflowId: 'backup/all/full-2026-03-01T16:00:00Z' });
  });

  test('that is cancelled ends with 130', async () => {
    const stopping = new AbortController();
    vi.mocked(createBackup).mockImplementation((_, __, { signal }) => {
      stopping.abort();
      return Promise.reject(
        signal.aborted ? new BackupError('cancelled', 'the run was cancelled') : new Error('no'),
      );
    });
    expect((await runCommand('backup', { signal: stopping.signal })).status).toBe(130);
  });

  test('closes the world also when it fails', async () => {
    const close = vi.fn(() => Promise.resolve());
    vi.mocked(createBackup).mockRejectedValue(new Error('no'));
    await runCommand('backup', { world: { close } });
    expect(close).toHaveBeenCalledOnce();
  });

  test('shows times in UTC and in the zone of the settings', async () => {
    const { stdout } = await runCommand('backup');
    expect(stdout).toContain('2026-03-01 16:00:00 UTC (2026-03-02 00:00:00 Asia/Shanghai)');
    expect(stdout).toContain('proven; 12 tables, 4210 rows, 0 mismatches, in 3.2 s');
  });
});

describe('verify', () => {
  const verified: Verified = {
    ...{ state: 'unproven', reason: 'no extension', tables: 2, rows: 5, mismatches: 0 },
    ...{ seconds: 1, finishedAt: '2026-03-01T16:00:00Z' },
  };

  test('ends with the status of the proof', async () => {
    vi.mocked(verifyBackup).mockResolvedValue(verified);
    const { status, json } = await runCommand('verify latest --json');
    expect(status).toBe(5);
    expect(json()).toEqual(verified);
  });
});

describe('check', () => {
  const copy = {
    ...{ backup: 'shop_full_20260301_160000', destination: 'local', uri: '/b' },
    ...{ read: true, healed: false },
  };

  test('fails when a copy is damaged', async () => {
    vi.mocked(checkCopies).mockResolvedValue([{ ...copy, state: 'damaged' }]);
    const { status, json } = await runCommand(`check ${copy.backup} --json`);
    expect(status).toBe(1);
    expect(json()).toEqual([{ ...copy, state: 'damaged' }]);
  });

  test('does not take a file name for a backup', async () => {
    expect((await runCommand('check shop.sql')).status).toBe(4);
  });
});

test('config show masks secrets', async () => {
  const settings = () => ({ ...testSettings() });
  const { status, stdout, json } = await runCommand('config show --json', { settings });
  expect(status).toBe(0);
  expect(json()).toBeInstanceOf(Array);
  expect(stdout).toContain('reader@db.example');
});

test('a reader of standard output that went away is no error', async () => {
  const gone = new Writable({
    write: (_chunk, _encoding, done) => {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    },
  });
  const output = createOutput(
    { stdout: gone, stderr: new PassThrough(), isTerminal: false },
    { json: false },
  );
  output.result(1, () => 'one');
  await new Promise((resolve) => setImmediate(resolve));
  output.result(2, () => 'two');
  await new Promise((resolve) => setImmediate(resolve));
});
