import { describe, expect, test } from 'vitest';
import type { DumpFormat } from '../../../src/domain/dump-layout.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { StoredBackup } from '../../../src/domain/recovery-point.ts';
import type { RestoreInput } from '../../../src/domain/restore.ts';
import { readRestoreInput } from '../../../src/domain/restore-input.ts';
import { previewRestore, type PreviewOptions } from '../../../src/domain/restore-preview.ts';

const full: StoredBackup = {
  id: 'shop_full_20260301_160000',
  ...{ database: 'shop', kind: 'full', module: null, base: null, state: 'proven' },
  snapshotAt: '2026-03-01T16:00:01.000Z',
};

interface Given {
  readonly input?: RestoreInput;
  readonly facts?: Partial<PreviewOptions['facts']>;
  readonly format?: DumpFormat;
}

/** Of a backup of PostgreSQL 15 with two tables and a role, into a database 'shop' that is not there. */
function preview({ input = {}, facts = {}, format = 'directory' }: Given = {}) {
  const source = {
    server: { version: 150_018 },
    roles: ['shop_owner'],
    tables: [{ rows: 3 }, { rows: 4 }],
  };
  return previewRestore({
    wish: readRestoreInput({ target: 'shop', create: true, ...input }, 'UTC'),
    point: { full, incremental: null },
    manifest: { dumpBytes: 4096, artifact: { format }, source } as unknown as Manifest,
    target: 'admin@db:5432/shop',
    facts: {
      ...{ version: 150_018, state: 'missing', bytes: 0 },
      ...{ roles: ['shop_owner'], missingExtensions: [] },
      ...facts,
    },
    names: { database: 'shop', restoring: 'shop_restoring_1', before: 'shop_before_1' },
  });
}

test('what will be written is said', () => {
  expect(preview()).toMatchObject({
    ...{ backup: full.id, snapshotAt: full.snapshotAt, target: 'admin@db:5432/shop' },
    ...{ bytes: 4096, tables: 2, rows: 7, replaces: null, missingRoles: [], obstacles: [] },
    action: `database 'shop' is made`,
  });
});

test('what is replaced is said, and what it is kept as', () => {
  const filled = { state: 'filled', bytes: 8192 } as const;
  expect(preview({ input: { create: false, clean: true }, facts: filled })).toMatchObject({
    replaces: { database: 'shop', bytes: 8192, keptAs: 'shop_before_1' },
    obstacles: [],
  });
});

describe('keeps it from starting, with a hint', () => {
  const cases: [string, Given, RegExp, RegExp][] = [
    [
      'a database that is not there',
      { input: { create: false } },
      /has no database 'shop'/,
      /--create/,
    ],
    ['one that is not empty', { facts: { state: 'filled' } }, /is not empty/, /--clean/],
    ['an older server', { facts: { version: 140_009 } }, /PostgreSQL 14, .* 15/, /as new/],
    [
      'a role that is missing',
      { facts: { roles: ['postgres'] } },
      /missing .*: 'shop_owner'/,
      /--roles, or .*--no-owner --no-privileges/,
    ],
    [
      'an extension that is missing',
      { facts: { missingExtensions: [`the target's server lacks extension 'postgis'`] } },
      /postgis/,
      /install/,
    ],
    [
      'a script without its owners',
      { format: 'plain', input: { noOwner: true } },
      /script/,
      /--roles/,
    ],
  ];
  test.each(cases)('%s', (_, given, fact, hint) => {
    const [obstacle, ...others] = preview(given).obstacles;
    expect(others).toEqual([]);
    expect(obstacle?.fact).toMatch(fact);
    expect(obstacle?.hint).toMatch(hint);
  });

  test('but a missing role does not where it is made, or nothing needs it', () => {
    const roles = { roles: [] };
    expect(preview({ facts: roles, input: { roles: true } }).obstacles).toEqual([]);
    const without = { noOwner: true, noPrivileges: true };
    expect(preview({ facts: roles, input: without }).obstacles).toEqual([]);
  });
});
