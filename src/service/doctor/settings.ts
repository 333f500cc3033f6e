import type { Settings } from '../../config.ts';
import { ok, warning, type Finding } from './check.ts';

/** What is to be said about settings that could be read. */
export function checkSettings({ file, databases, warnings }: Settings): Finding {
  const where = file === null ? 'no settings file' : `'${file}'`;
  const what =
    databases.length === 0
      ? 'no database is named: an embedded sample is protected'
      : `${databases.length} database${databases.length === 1 ? '' : 's'}`;
  if (warnings.length === 0) return ok(`${where}, ${what}`);
  return warning(warnings.join('; '), `'pma-backup config show' lists every setting`);
}
