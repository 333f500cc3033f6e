import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { RestorePreview, RestoreSummary } from '../../../src/domain/restore.ts';
import { words } from '../../../src/domain/words.ts';
import { BackupError } from '../../../src/errors.ts';
import { restoreBackup } from '../../../src/service/restore-backup.ts';
import { runCommand } from '../../harness/run-command.ts';

vi.mock('../../../src/service/restore-backup.ts', () => ({ restoreBackup: vi.fn() }));
vi.mock('../../../src/service/start-service.ts', () => ({}));

const preview: RestorePreview = {
  ...{ backup: 'shop_full_20260301_160000', incremental: null },
  ...{ snapshotAt: '2026-03-01T16:00:01.000Z', target: 'admin@db:5432/shop' },
  action: `database 'shop' is replaced`,
  actionWords: words('restoring.replaced', { database: 'shop', before: 'shop_before_1' }),
  replaces: { database: 'shop', bytes: 8192, keptAs: 'shop_before_1' },
  ...{ bytes: 4096, tables: 2, rows: 7, missingRoles: ['clerk'], missingExtensions: [] },
  obstacles: [],
};
const summary = {
  ...{ backup: preview.backup, target: preview.target, keptAs: 'shop_before_1', state: 'proven' },
  ...{ reason: null, tables: 2, rows: 7, mismatches: 0, notCompared: [], warnings: [], seconds: 1 },
} as unknown as RestoreSummary;

beforeEach(() => {
  vi.mocked(restoreBackup)
    .mockReset()
    .mockImplementation(async (_world, _request, { confirm }) => {
      if (await confirm(preview)) return summary;
      throw new BackupError('cancelled', 'nothing was restored');
    });
});

describe('a database is replaced', () => {
  test('when its name is typed, after it was said what is written', async () => {
    const ran = await runCommand('restore latest --to shop --clean', { answer: 'shop' });
    expect(ran.status, ran.stderr).toBe(0);
    expect(ran.stderr).toMatch(/as of +2026-03-01 16:00:01 UTC \(2026-03-02 00:00:01 Asia/);
    expect(ran.stderr).toMatch(/missing +role 'clerk'/);
  });

  test.each(['yes', 'y', '', 'shop2', 'Shop'])('but not when %j is typed', async (answer) => {
    const ran = await runCommand('restore latest --to shop --clean', { answer });
    expect([ran.status, ran.stderr]).toEqual([130, expect.stringMatching(/nothing was restored/)]);
  });

  test('with --yes by a script, and without it is refused before anything is started', async () => {
    expect((await runCommand('restore latest --to shop --clean --yes')).status).toBe(0);
    vi.mocked(restoreBackup).mockClear();
    const ran = await runCommand('restore latest --to shop --clean');
    expect([ran.status, ran.stderr]).toEqual([2, expect.stringMatching(/hint: .*--yes/)]);
    expect(restoreBackup).not.toHaveBeenCalled();
  });
});

test('a password is asked for, and goes no further than to the service', async () => {
  const line = 'restore latest --to postgres://me@db/shop --create --password-prompt';
  const ran = await runCommand(line, { password: 'pa55', answer: 'shop' });
  expect(ran.status, ran.stderr).toBe(0);
  const [, request] = vi.mocked(restoreBackup).mock.calls[0]!;
  expect(request.password?.reveal()).toBe('pa55');
  expect(ran.stdout + ran.stderr + JSON.stringify(request)).not.toContain('pa55');
});
