import { z } from 'zod';
import { isDatabaseName } from '../domain/backup-name.ts';
import { isTablePattern } from '../domain/table-pattern.ts';
import { define, type About, type Setting } from './setting.ts';

/** Tables by name of their group, as patterns `schema.table`. */
export type TableGroups = Readonly<Record<string, readonly string[]>>;

/** In the file lists by name; in the environment `name=schema.table,schema.other; name=…`. */
export function tableGroups(about: About<TableGroups>): Setting<TableGroups> {
  const name = z.string().refine(isDatabaseName);
  const patterns = z.array(z.string().trim().refine(isTablePattern)).min(1);
  const groups = z.record(name, patterns).readonly();
  const written = z.string().transform((text, context) => {
    const read = readGroups(text);
    if (read) return read;
    context.addIssue({ code: 'custom' });
    return z.NEVER;
  });
  return define<TableGroups>(about, {
    type: z.union([groups, written.pipe(groups)]),
    allowed: `lists of patterns such as 'public.dict_*' by name (small letters, digits and '-'); in the environment 'name=schema.table,schema.other; name=…'`,
    show: (value) =>
      Object.entries(value)
        .map(([key, list]) => `${key}=${list.join(',')}`)
        .join('; '),
  });
}

function readGroups(text: string): Record<string, string[]> | undefined {
  const parts = text.split(';').filter((part) => part.trim() !== '');
  const entries = parts.map((part): [string, string[]] => {
    const at = part.indexOf('=');
    const list = part.slice(at + 1).split(',');
    return [at < 0 ? '' : part.slice(0, at).trim(), list.map((pattern) => pattern.trim())];
  });
  const names = new Set(entries.map(([name]) => name));
  return names.size === entries.length ? Object.fromEntries(entries) : undefined;
}
