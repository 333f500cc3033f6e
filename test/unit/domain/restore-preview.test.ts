import { describe, expect, test } from 'vitest';
import type { DumpFormat } from '../../../src/domain/dump-layout.ts';
import type { Manifest } from '../../../src/domain/manifest.ts';
import type { StoredBackup } from '../../../src/domain/recovery-point.ts';
import type { RestoreInput } from '../../../src/domain/restore.ts';
import { readRestoreInput } from '../../../src/domain/restore-input.ts';
import { planInside } from '../../../src/domain/restore-inside.ts';
import { previewRestore, type PreviewOptions } from '../../../src/domain/restore-preview.ts';
import { say } from '../../../src/domain/words.ts';
import { zhCN } from '../../../src/domain/words/zh-cn.ts';

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
      ...{ roles: ['shop_owner'], missingExtensions: [], relations: [] },
      ...facts,
    },
    inside: null,
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
      { facts: { missingExtensions: [{ name: 'postgis', version: '3.4', others: [] }] } },
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
    for (const said of [obstacle!.words.fact, obstacle!.words.hint])
      expect(say(zhCN, said)).toMatch(/\p{Script=Han}/u);
  });

  test('but a missing role does not where it is made, or nothing needs it', () => {
    const roles = { roles: [] };
    expect(preview({ facts: roles, input: { roles: true } }).obstacles).toEqual([]);
    const without = { noOwner: true, noPrivileges: true };
    expect(preview({ facts: roles, input: without }).obstacles).toEqual([]);
  });
});

describe('of tables', () => {
  const there = (name: string, oid: number, partitionOf: number | null = null) =>
    ({ schema: 'public', name, oid, kind: name === 'days' ? 'p' : 'r', partitionOf }) as const;
  const relations = [there('orders', 1), there('days', 2), there('days_1', 3, 2)];

  /** Of a backup with orders, customers and a partition, into a database without customers. */
  function ofTables(
    input: RestoreInput,
    more: Partial<Manifest> = {},
    state: 'filled' | 'missing' = 'filled',
  ) {
    const wish = readRestoreInput({ target: 'shop', ...input }, 'UTC');
    const tables = ['orders', 'customers', 'days_1'].map((table) => ({
      schema: 'public',
      table,
      rows: 2,
    }));
    const manifest = {
      ...{ dumpBytes: 1, kind: 'full', module: null, artifact: { format: 'directory' } },
      source: { server: { version: 150_018 }, roles: [], tables },
      ...more,
    } as unknown as Manifest;
    const at = state === 'missing' ? [] : relations;
    const inside = planInside(wish, manifest, { state, relations: at });
    const facts = { version: 150_018, bytes: 8192, roles: [], missingExtensions: [] };
    const names = { database: 'shop', restoring: 'shop_restoring_1', before: 'shop_before_1' };
    const point = { full, incremental: null };
    const target = 'admin@db:5432/shop';
    return previewRestore({
      wish,
      point,
      manifest,
      target,
      facts: { ...facts, state, relations: at },
      inside,
      names,
    });
  }

  test('says which rows are replaced and what is made, and that nothing is kept', () => {
    const tables = ['public.orders', 'public.customers', 'public.days'];
    expect(ofTables({ tables, clean: true })).toMatchObject({
      action: `the rows of 'public.orders', 'public.days_1' are replaced and 1 table is made in 'shop' in one transaction`,
      replaces: { database: 'shop', bytes: 8192, keptAs: null },
      ...{ bytes: null, tables: 3, rows: 6, obstacles: [] },
    });
    expect(ofTables({ tables: ['public.customers'] })).toMatchObject({
      action: `1 table is made in 'shop' in one transaction`,
      ...{ replaces: null, obstacles: [] },
    });
  });

  test('is told in Chinese, too', () => {
    const { actionWords, obstacles } = ofTables({ tables: ['public.orders', 'public.customers'] });
    expect(say(zhCN, actionWords)).toBe(
      `在 'shop' 里用一个事务替换 'public.orders' 的行，并新建 1 张表`,
    );
    expect(obstacles.map(({ words }) => say(zhCN, words.fact))).toEqual([
      `'shop' 里已有 'public.orders'`,
    ]);
  });

  test('a module goes into a database in use, and into a new one where it is made', () => {
    const some = { module: 'sales' };
    const action = `the rows of the tables of module 'sales' in 'shop' are replaced in one transaction`;
    expect(ofTables({ clean: true }, some)).toMatchObject({ action, bytes: 1, obstacles: [] });
    expect(ofTables({ create: true }, some, 'missing').action).toBe(`database 'shop' is made`);
  });

  test.each<[string, RestoreInput, Partial<Manifest>, RegExp]>([
    [
      'rows are replaced without a yes',
      { tables: ['public.orders'] },
      {},
      /'shop' has 'public.orders' already/,
    ],
    [
      'a pattern means nothing',
      { tables: ['public.order'] },
      {},
      /'public.order' matches no table/,
    ],
    [
      'it is one script',
      { tables: ['public.customers'] },
      { artifact: { format: 'plain' } as Manifest['artifact'] },
      /cannot be restored in parts/,
    ],
    [
      'there are rows alone for a table that is gone',
      { clean: true },
      { kind: 'data_only' },
      /lacks 'public.customers'/,
    ],
    [
      'there are no rows',
      { tables: ['public.orders'], clean: true },
      { kind: 'schema_only' },
      /has no rows/,
    ],
  ])('refuses where %s', (_, input, more, fact) => {
    const [obstacle, ...others] = ofTables(input, more).obstacles;
    expect([obstacle?.fact, others]).toEqual([expect.stringMatching(fact), []]);
  });
});
