import { expect, test } from 'vitest';
import {
  catalogBackupId,
  catalogKey,
  expiredCatalogKeys,
  foreignManifestKeys,
  parseCatalogKey,
} from '../../../src/domain/catalog-backup.ts';

const idOf = (catalog: string, day: number) =>
  catalogBackupId(catalog, new Date(Date.UTC(2026, 0, day, 1, 30)));
const filesOf = (catalog: string, day: number) =>
  ['jsonl.zst.age', 'manifest.json'].map((ending) => catalogKey(`${idOf(catalog, day)}.${ending}`));

test('the name of a backup of the catalog says which catalog and when', () => {
  expect(idOf('ab12', 3)).toBe('catalog_ab12_20260103_013000');
  expect(filesOf('ab12', 3).map((key) => parseCatalogKey(key))).toEqual([
    { id: 'catalog_ab12_20260103_013000', catalog: 'ab12', isManifest: false },
    { id: 'catalog_ab12_20260103_013000', catalog: 'ab12', isManifest: true },
  ]);
  expect(parseCatalogKey('shop/shop_full_20260103_013000.manifest.json')).toBeUndefined();
  expect(parseCatalogKey('pma_backup_catalog/notes.txt')).toBeUndefined();
});

test('the newest seven of a catalog are kept, those of others and other files not touched', () => {
  const days = Array.from({ length: 9 }, (_, index) => index + 1);
  const keys = [
    ...days.flatMap((day) => filesOf('own', day)),
    ...days.flatMap((day) => filesOf('other', day)),
    catalogKey('notes.txt'),
  ];
  const expired = expiredCatalogKeys(keys, 'own');
  const [first, second] = [filesOf('own', 1), filesOf('own', 2)];
  expect(expired).toEqual([first[1], second[1], first[0], second[0]]);
  expect(expiredCatalogKeys(filesOf('own', 1), 'own')).toEqual([]);
});

test('the newest of other catalogs come first, whichever they are', () => {
  const keys = [filesOf('b', 1), filesOf('a', 2), filesOf('own', 9), filesOf('c', 3)].flat();
  expect(foreignManifestKeys(keys, 'own')).toEqual(
    [filesOf('c', 3), filesOf('a', 2), filesOf('b', 1)].map(([, manifest]) => manifest),
  );
});
