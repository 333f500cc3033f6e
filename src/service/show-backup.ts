import type { BackupSummary } from '../domain/backup.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Proof } from '../domain/proof.ts';
import { BackupError } from '../errors.ts';
import type { World } from './world.ts';

export interface ShownBackup {
  readonly summary: BackupSummary;
  /** The newest one; null: never test-restored. */
  readonly proof: Proof | null;
  /** null: nothing was sealed. */
  readonly manifest: Manifest | null;
}

/** One backup with its newest proof, by id or `latest`. Throws `not_found`. */
export async function showBackup(
  { catalog }: Pick<World, 'catalog'>,
  { backup, database }: { readonly backup: string; readonly database?: string },
): Promise<ShownBackup> {
  const summary = await catalog.find(backup, database);
  if (summary) {
    const { id } = summary;
    const [proof = null, manifest = null] = [await catalog.proof(id), await catalog.manifest(id)];
    return { summary, proof, manifest };
  }
  const what =
    backup === 'latest' ? 'there is no backup to restore yet' : `there is no backup '${backup}'`;
  throw new BackupError('not_found', what, { hint: `'pma-backup list' shows all` });
}
