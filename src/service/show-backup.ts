import type { BackupSummary } from '../domain/backup.ts';
import type { Proof } from '../domain/proof.ts';
import { BackupError } from '../errors.ts';
import type { World } from './world.ts';

export interface ShownBackup {
  readonly summary: BackupSummary;
  /** The newest one; null: never test-restored. */
  readonly proof: Proof | null;
}

/** One backup with its newest proof; `latest` is the newest proven one. Throws `not_found`. */
export async function showBackup(
  { catalog }: Pick<World, 'catalog'>,
  id: string,
): Promise<ShownBackup> {
  const summary =
    id === 'latest' ? await catalog.newest({ states: ['proven'] }) : await catalog.summary(id);
  if (!summary) {
    const what = id === 'latest' ? 'there is no proven backup yet' : `there is no backup '${id}'`;
    throw new BackupError('not_found', what, { hint: `'pma-backup list' shows all` });
  }
  return { summary, proof: (await catalog.proof(summary.id)) ?? null };
}
