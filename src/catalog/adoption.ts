import type { BackupCatalog } from './contract/backups.ts';
import { manifestColumns } from './backups.ts';
import { versionsColumn } from './copies.ts';
import type { Hold } from '../domain/hold.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { CatalogDatabase } from './tables.ts';

/** What is found in destinations and not known here. */
export function adoptionMethods(db: CatalogDatabase): Pick<BackupCatalog, 'adopt'> {
  return {
    adopt: ({ manifest, copy, hold }) =>
      db.transaction().execute(async (transaction) => {
        const { id, database, kind, module, triggeredAt, sealedAt } = manifest;
        const made = await transaction
          .insertInto('backups')
          .values({
            ...{
              id,
              database,
              kind,
              module,
              queue: '',
              workflow_id: 'catalog rebuild',
              run_id: id,
            },
            ...{ state: 'unproven', reason: reasonOf(manifest) },
            ...{ triggered_at: new Date(triggeredAt), finished_at: new Date(sealedAt) },
            ...manifestColumns(manifest),
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .executeTakeFirst();
        if (hold) await keepHold(transaction, hold);
        const { host, ...place } = copy;
        await transaction
          .insertInto('copies')
          .values({ ...place, ...versionsColumn(copy), backup_id: id, host: host ?? '' })
          .onConflict((conflict) =>
            conflict.columns(['backup_id', 'destination', 'host']).doNothing(),
          )
          .execute();
        return made !== undefined;
      }),
  };
}

function reasonOf({ imported }: Manifest): string {
  if (!imported) return 'no proof was found beside it';
  return `imported from '${imported.file}', not test-restored yet`;
}

async function keepHold(db: CatalogDatabase, { backup, by, reason, at }: Hold): Promise<void> {
  await db
    .insertInto('holds')
    .values({ backup_id: backup, held_by: by, reason, held_at: new Date(at) })
    .onConflict((conflict) => conflict.column('backup_id').doNothing())
    .execute();
}
