import type { BackupFilter } from '../catalog/catalog.ts';
import type { BackupSummary } from '../domain/backup.ts';
import type { World } from './world.ts';

export interface BackupPage {
  readonly items: readonly BackupSummary[];
  /** On all pages. */
  readonly total: number;
  /** `before` of the next page; null: this is the last. */
  readonly next: string | null;
}

/** One page of backups, newest first. */
export async function pageBackups(
  { catalog }: Pick<World, 'catalog'>,
  { limit, before, ...filter }: BackupFilter & { readonly limit: number },
): Promise<BackupPage> {
  const [found, total] = await Promise.all([
    catalog.list({ ...filter, ...(before !== undefined && { before }), limit: limit + 1 }),
    catalog.count(filter),
  ]);
  const items = found.slice(0, limit);
  return { items, total, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
}
