import type { BackupSummary } from '../../../src/domain/backup.ts';

/** A proven full backup; the argument says what is different. */
export function summary(differences: Partial<BackupSummary> = {}): BackupSummary {
  return {
    id: 'shop_full_20260301_160000',
    kind: 'full',
    database: 'shop',
    module: null,
    state: 'proven',
    base: null,
    changes: null,
    reason: null,
    artifact: {
      path: '/backups/shop/shop_full_20260301_160000.tar.zst',
      bytes: 1_500_000,
      sha256: 'ab'.repeat(32),
    },
    copies: [
      {
        destination: 'local',
        uri: '/backups/shop/shop_full_20260301_160000.tar.zst',
        state: 'good',
      },
    ],
    proof: { state: 'proven', tables: 12, rows: 4210, mismatches: 0, seconds: 3.2, reason: null },
    hold: null,
    timings: { dumped: 1.2, sealed: 1.5, offsite: null, proven: 5, total: 5.5 },
    ...differences,
  };
}
