import type { Settings } from '../../config.ts';
import { words } from '../../domain/words.ts';
import { ok, warning, type Finding } from './check.ts';

/** What is to be said about settings that could be read. */
export function checkSettings({ file, databases, warningWords }: Settings): Finding {
  if (warningWords.length > 0) {
    return warning(
      words('settings.warned', { warnings: warningWords }),
      words('settings.warned.hint'),
    );
  }
  const where = file === null ? words('settings.noFile') : words('settings.file', { file });
  const count = databases.length;
  const what = count === 0 ? words('settings.sample') : words('settings.databases', { count });
  return ok(words('settings.read', { what: [where, what] }));
}
