import { formatTime } from './backup-name.ts';
import type { Compression, StoredFile } from './manifest.ts';

/** Tables of the catalog that cannot be made anew from what lies in the destinations, users before what refers to them. */
export const ownTables = ['users', 'tokens', 'audit', 'alarms'] as const;
export type OwnTable = (typeof ownTables)[number];

/** What lies beside a backup of the catalog itself: all that is needed to find, check and open it. */
export interface CatalogManifest {
  readonly formatVersion: 1;
  readonly id: string;
  /** The identity of the catalog. */
  readonly catalog: string;
  readonly savedAt: string;
  readonly writtenBy: string;
  readonly artifact: StoredFile & {
    readonly compression: Compression;
    /** Who can open it; empty where it is not encrypted. */
    readonly readers: readonly string[];
  };
  /** It holds the hashes of passwords. */
  readonly passwords: boolean;
  /** How many rows of each table. */
  readonly rows: Readonly<Record<OwnTable, number>>;
}

/** How many backups of one catalog are kept in each destination. */
export const keptCatalogBackups = 7;

/** Where they lie in every destination: no name of a database has a `_`. */
const catalogDirectory = 'pma_backup_catalog';

/** `catalog_<identity>_<YYYYMMDD_HHMMSS>`, UTC. */
export function catalogBackupId(catalog: string, time: Date): string {
  return `catalog_${catalog}_${formatTime(time)}`;
}

/** Where a file of one lies in every destination. */
export function catalogKey(file: string): string {
  return `${catalogDirectory}/${file}`;
}

/** The backup that a key belongs to, and of which catalog it is; undefined where it is something else. */
export function parseCatalogKey(
  key: string,
): { readonly id: string; readonly catalog: string; readonly isManifest: boolean } | undefined {
  const file = /^pma_backup_catalog\/(?<id>catalog_(?<catalog>\w+)_\d{8}_\d{6})\.(?<ending>.+)$/;
  const { id, catalog, ending } = file.exec(key)?.groups ?? {};
  if (id === undefined || catalog === undefined) return undefined;
  return { id, catalog, isManifest: ending === 'manifest.json' };
}

/** The keys of the backups of a catalog that have had their time, manifests first; what others left is not touched. */
export function expiredCatalogKeys(keys: readonly string[], catalog: string): string[] {
  const own = keys.flatMap((key) => {
    const found = parseCatalogKey(key);
    return found?.catalog === catalog ? [{ key, ...found }] : [];
  });
  const ids = [...new Set(own.map(({ id }) => id))].sort();
  const expired = new Set(ids.slice(0, -keptCatalogBackups));
  return own
    .filter(({ id }) => expired.has(id))
    .sort((a, b) => Number(b.isManifest) - Number(a.isManifest))
    .map(({ key }) => key);
}

/** The keys of manifests of other catalogs than this one, the newest first, by the time in their names. */
export function foreignManifestKeys(keys: readonly string[], catalog: string): string[] {
  const timeOf = (key: string) => key.slice(-'YYYYMMDD_HHMMSS.manifest.json'.length);
  return keys
    .filter((key) => {
      const found = parseCatalogKey(key);
      return found?.isManifest === true && found.catalog !== catalog;
    })
    .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
}

/** How one destination got it. */
export interface SavedCatalog {
  readonly destination: string;
  readonly id: string;
  readonly uri: string;
  readonly bytes: number;
  readonly rows: CatalogManifest['rows'];
  /** How many files of older ones were removed. */
  readonly expired: number;
}
