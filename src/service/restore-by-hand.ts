import path from 'node:path';
import type { BackupSummary } from '../domain/backup.ts';
import { byPassphrase } from '../domain/readers.ts';

/**
 * The lines that restore a backup without anything of ours; `docs/restore-by-hand.md` explains them. `readers`: who can open
 * the file.
 */
export function restoreByHand(
  backup: BackupSummary,
  file: string,
  readers: readonly string[] = [],
): string[] {
  const { kind, base } = backup;
  const isRows = kind === 'data_only';
  const isChanges = kind === 'incremental';
  return [
    ...(isChanges ? [`# restore '${base ?? '?'}' into NEW_NAME first`] : []),
    ...unpackLines(backup, file, readers[0] === byPassphrase ? '' : '-i KEY_FILE '),
    ...(isRows || isChanges ? [] : ['createdb --template=template0 NEW_NAME']),
    restoreLine(backup, file),
    ...(isRows ? [`psql --dbname=NEW_NAME --file=${backup.id}/verify/triggers.sql`] : []),
  ];
}

function unpackLines(
  { id, kind, module }: BackupSummary,
  file: string,
  key: '' | '-i KEY_FILE ',
): string[] {
  const [, format = '', ending = ''] = /\.(tar|dump|sql)\.([\w.]+)$/.exec(file) ?? [];
  if (format === 'tar') return [`${unpack(file, key)} | tar -x`];
  const verify = path.join(path.dirname(file), `${id}.verify.tar.${ending}`);
  const needsVerify = kind === 'data_only' || (kind === 'full' && module !== null);
  return [
    `${unpack(file, key)} > ${id}.${format}`,
    ...(needsVerify ? [`${unpack(verify, key)} | tar -x`] : []),
  ];
}

/** Of a passphrase `age` asks the terminal. */
function unpack(file: string, key: string): string {
  const program = /\.gz(\.age)?$/.test(file) ? 'gzip -dc' : 'zstd -dc';
  if (!file.endsWith('.age')) return `${program} ${shellQuoted(file)}`;
  return `age -d ${key}${shellQuoted(file)} | ${program}`;
}

function restoreLine({ id, kind, module }: BackupSummary, file: string): string {
  if (/\.sql\.[\w.]+$/.test(file)) return `psql --dbname=NEW_NAME --file=${id}.sql`;
  const options = [
    '--exit-on-error',
    ...(module === null ? [] : [`--use-list=${id}/verify/restore.list`]),
    ...(kind === 'data_only' ? ['--data-only', '--disable-triggers'] : []),
  ];
  const dump = /\.tar\.[\w.]+$/.test(file) ? `${id}/dump` : `${id}.dump`;
  return `pg_restore ${options.join(' ')} --dbname=NEW_NAME ${dump}`;
}

function shellQuoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll(`'`, `'\\''`)}'`;
}
