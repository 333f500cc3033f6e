import type { BackupDetail as CatalogDetail } from '../catalog/catalog.ts';
import type { BackupSummary } from '../domain/backup.ts';
import type { Proof } from '../domain/proof.ts';
import { BackupError } from '../errors.ts';
import { restoreByHand } from './restore-by-hand.ts';
import { showBackup } from './show-backup.ts';
import { runUrl } from './temporal-link.ts';
import type { World } from './world.ts';

/** All that one page shows of a backup, but for its proof. */
export interface BackupDetail extends BackupSummary, Omit<CatalogDetail, 'workflowId' | 'runId'> {
  readonly run: { readonly workflowId: string; readonly runId: string; readonly ui: string | null };
  /** What to type to restore it by hand. */
  readonly restoreLines: readonly string[];
}

/** Throws `not_found`. */
export async function backupDetail(
  { catalog, temporal }: Pick<World, 'catalog' | 'temporal'>,
  id: string,
): Promise<BackupDetail> {
  const [{ summary, manifest }, detail] = [
    await showBackup({ catalog }, { backup: id }),
    await catalog.detail(id),
  ];
  if (!detail) throw new BackupError('not_found', `there is no backup '${id}'`);
  const { workflowId, runId, ...rest } = detail;
  const file = summary.artifact?.path;
  return {
    ...summary,
    ...rest,
    run: { workflowId, runId, ui: runUrl(temporal, { workflowId, runId }) },
    restoreLines:
      file === undefined ? [] : restoreByHand(summary, file, manifest?.artifact.readers),
  };
}

/** The report of its newest test restore. Throws `not_found`. */
export async function backupProof({ catalog }: Pick<World, 'catalog'>, id: string): Promise<Proof> {
  const { proof } = await showBackup({ catalog }, { backup: id });
  if (proof) return proof;
  throw new BackupError('not_found', `backup '${id}' was not test-restored yet`, {
    hint: `'pma-backup verify ${id}' does it now`,
  });
}
