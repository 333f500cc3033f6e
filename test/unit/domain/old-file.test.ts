import { describe, expect, test } from 'vitest';
import { parseOldFile } from '../../../src/domain/old-file.ts';

const zone = 'Asia/Shanghai';

describe('the name of an old file tells kind, module and time', () => {
  test.each([
    ['cloud_backup_20250102_030405.sql', 'full', null, '2025-01-01T19:04:05.000Z'],
    ['cloud_backup_2025-01-02T03-04-05-678Z.sql', 'full', null, '2025-01-02T03:04:05.000Z'],
    ['cloud_backup_2025-01-02T03-04-05.sql.gz', 'full', null, '2025-01-01T19:04:05.000Z'],
    ['cloud_backup_20250102030405.sql', 'full', null, '2025-01-01T19:04:05.000Z'],
    ['cloud_backup_20250102.sql', 'full', null, '2025-01-01T16:00:00.000Z'],
    ['cloud_backup_1735787045678.sql', 'full', null, '2025-01-02T03:04:05.678Z'],
    ['CLOUD_BACKUP_20250102_0304.SQL', 'full', null, '2025-01-01T19:04:00.000Z'],
    ['render_backup_2025-01-02.sql', 'full', null, '2025-01-01T16:00:00.000Z'],
    ['cloud_backup_dictionaries_20250102_030405.sql', 'full', 'dictionaries', undefined],
    ['cloud_backup_Team_Members_20250102.sql', 'full', 'team-members', undefined],
    ['cloud_backup_中文_20250102.sql', 'full', 'unnamed', undefined],
    ['cloud_schema.sql', 'schema_only', null, null],
    ['cloud_schema_20250102_030405.sql', 'schema_only', null, '2025-01-01T19:04:05.000Z'],
    ['cloud_schema_export_20250102_030405.sql', 'schema_only', null, '2025-01-01T19:04:05.000Z'],
    ['cloud_schema_final_20250102_030405.sql', 'schema_only', null, '2025-01-01T19:04:05.000Z'],
    ['cloud_db_upgrade_20250102.sql', 'script', 'cloud-db-upgrade', '2025-01-01T16:00:00.000Z'],
    ['cloud_db_final_upgrade.sql', 'script', 'cloud-db-final-upgrade', null],
    ['cloud_database_fix.sql', 'script', 'cloud-database-fix', null],
    ['cloud_scoring_config.sql', 'script', 'cloud-scoring-config', null],
    ['cloud_backup_20251345.sql', 'full', '20251345', null],
  ])('%s', (file, kind, module, time) => {
    const old = parseOldFile(file, zone);
    expect(old).toMatchObject({ kind, module });
    if (time !== undefined) expect(old?.time?.toISOString() ?? null).toBe(time);
  });
});

test.each([
  'shop_full_20250102_030405.tar.zst',
  'cloud_backup_20250102.sql.zip',
  'cloud_backups_20250102.sql',
  'cloud_schematics.sql',
  'notes.txt',
  'dump.sql',
  '.sql',
])('%s is none', (file) => {
  expect(parseOldFile(file, zone)).toBeUndefined();
});
