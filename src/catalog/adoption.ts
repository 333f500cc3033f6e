import type { Catalog } from './contract.ts';
import { manifestColumns } from './backups.ts';
import type { CatalogDatabase } from './tables.ts';

/** What is found in destinations and not known here. */
export function adoptionMethods(db: CatalogDatabase): Pick<Catalog, 'adopt'> {
  return {
    adopt: ({ manifest, copy }) =>
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
            ...{ state: 'unproven', reason: 'no proof was found beside it' },
            ...{ triggered_at: new Date(triggeredAt), finished_at: new Date(sealedAt) },
            ...manifestColumns(manifest),
          })
          .onConflict((conflict) => conflict.column('id').doNothing())
          .returning('id')
          .executeTakeFirst();
        const { host, ...place } = copy;
        await transaction
          .insertInto('copies')
          .values({ ...place, backup_id: id, host: host ?? '' })
          .onConflict((conflict) =>
            conflict.columns(['backup_id', 'destination', 'host']).doNothing(),
          )
          .execute();
        return made !== undefined;
      }),
  };
}
