import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { loadSettings, withModule } from '../../../src/config.ts';
import type { Settings } from '../../../src/config.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'pma-modules-'));
afterAll(() => rmSync(directory, { recursive: true }));

function loadYaml(yaml: string): Settings {
  const file = path.join(directory, 'pma-backup.yaml');
  writeFileSync(file, yaml);
  return loadSettings({ environment: {}, file });
}

function loadModules(text: string): Settings {
  return loadSettings({ environment: { BACKUP_MODULES: text }, file: null });
}

const allowed = `lists of patterns such as 'public.dict_*' by name (small letters, digits and '-'); in the environment 'name=schema.table,schema.other; name=…'`;

test('a database has its own format and modules, else those that hold for all', () => {
  const { databases } = loadYaml(
    `
format: plain
modules: { dictionaries: [public.dict_*, '组 织."a.b"'] }
databases:
  - name: shop
    format: custom
    modules: { orders: [shop.orders] }
  - name: hr
`,
  );
  expect(databases).toMatchObject([
    { name: 'shop', format: 'custom', modules: { orders: ['shop.orders'] } },
    { name: 'hr', format: 'plain', modules: { dictionaries: ['public.dict_*', '组 织."a.b"'] } },
  ]);
  expect(withModule(databases, 'dictionaries').map(({ name }) => name)).toEqual(['hr']);
  expect(() => withModule(databases, 'order')).toThrow(
    expect.objectContaining({ code: 'not_found', hint: `did you mean 'orders'?` }),
  );
});

test('the environment may give modules, too', () => {
  const { modules } = loadModules('a=public.x*, s.y; b-2=t.*;');
  expect(modules).toEqual({ a: ['public.x*', 's.y'], 'b-2': ['t.*'] });
  expect(loadModules('').modules).toEqual({});
});

test.each(['a=orders', 'A=s.t', 's.t', 'a=s.t; a=s.u', 'a='])('%s is refused', (text) => {
  expect(() => loadModules(text)).toThrow(
    `setting 'BACKUP_MODULES' must be ${allowed}, got '${text}'`,
  );
});

test('in the file, a pattern that is none is refused', () => {
  expect(() => loadYaml('modules: {a: [orders]}')).toThrow(
    `setting 'modules' must be ${allowed}, got '{"a":["orders"]}'`,
  );
});
