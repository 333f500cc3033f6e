import path from 'node:path';
import { isSetting, type Tree, type Values } from './schema.ts';
import type { Setting } from './setting.ts';
import { invalid, type Written } from './sources.ts';

/**
 * The values of a tree of settings; `find` gives what was written for a dotted name. Throws `invalid_settings` with the
 * place, what is allowed and, unless it is a secret, what it got. Paths become absolute, relative to `directory`.
 */
export function readTree<T extends Tree>(
  tree: T,
  find: (name: string, setting: Setting<unknown>) => Written | undefined,
  { directory = process.cwd(), prefix = '' } = {},
): Values<T> {
  const entries = Object.entries(tree).map(([key, node]) => {
    const name = `${prefix}${key}`;
    if (!isSetting(node)) return [key, readTree(node, find, { directory, prefix: `${name}.` })];
    const written = find(name, node);
    return [key, written ? valueOf(written, node, directory) : fallbackOf(node)];
  });
  return Object.freeze(Object.fromEntries(entries)) as Values<T>;
}

function fallbackOf(setting: Setting<unknown>): unknown {
  return typeof setting.fallback === 'function'
    ? (setting.fallback as () => unknown)()
    : setting.fallback;
}

function valueOf(written: Written, setting: Setting<unknown>, directory: string): unknown {
  const { value, place, origin } = written;
  const result = setting.type.safeParse(value);
  if (!result.success) {
    const got = setting.secret ? '' : `, got '${shown(value)}'`;
    throw invalid(`setting '${place}' must be ${setting.allowed}${got}`);
  }
  if (!setting.isPath) return result.data;
  return path.resolve(origin === 'file' ? directory : process.cwd(), String(result.data));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
