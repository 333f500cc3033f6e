import path from 'node:path';
import type { BackupSummary } from '../domain/backup.ts';

/** The lines that restore a backup without anything of ours; `docs/restore-by-hand.md` explains them. */
export function restoreByHand(backup: BackupSummary, file: string): string[] {
  const { kind, base } = backup;
  const isRows = kind === 'data_only';
  const isChanges = kind === 'incremental';
  return [
    ...(isChanges ? [`# restore '${base ?? '?'}' into NEW_NAME first`] : []),
    ...unpackLines(backup, file),
    ...(isRows || isChanges ? [] : ['createdb --template=template0 NEW_NAME']),
    restoreLine(backup, file),
    ...(isRows ? [`psql --dbname=NEW_NAME --file=${backup.id}/verify/triggers.sql`] : []),
  ];
}

function unpackLines({ id, kind, module }: BackupSummary, file: string): string[] {
  const [, format = '', ending = ''] = /\.(tar|dump|sql)\.([\w.]+)$/.exec(file) ?? [];
  if (format === 'tar') return [`${unpack(file)} | tar -x`];
  const verify = path.join(path.dirname(file), `${id}.verify.tar.${ending}`);
  const needsVerify = kind === 'data_only' || (kind === 'full' && module !== null);
  return [
    `${unpack(file)} > ${id}.${format}`,
    ...(needsVerify ? [`${unpack(verify)} | tar -x`] : []),
  ];
}

function unpack(file: string): string {
  const program = /\.gz(\.age)?$/.test(file) ? 'gzip -dc' : 'zstd -dc';
  if (!file.endsWith('.age')) return `${program} ${shellQuoted(file)}`;
  return `age -d -i KEY_FILE ${shellQuoted(file)} | ${program}`;
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
