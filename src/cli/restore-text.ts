import type { BackupSummary } from '../domain/backup.ts';
import { restoreByHand } from '../service/restore-by-hand.ts';

/** How a backup is restored without anything of ours. */
export function restoreText(
  backup: BackupSummary,
  file: string,
  readers: readonly string[] | undefined,
): string {
  const isRows = backup.kind === 'data_only';
  const where = isRows ? 'a database with its schema and empty tables' : 'a new database';
  const lines = restoreByHand(backup, file, readers).map((line) => `  ${line}`);
  return [`To restore it by hand, into ${where}:`, ...lines].join('\n');
}
