import type { RetentionCatalog } from './contract/retention.ts';
import { lockResource } from './leases.ts';
import type { CatalogDatabase } from './tables.ts';

/** Which backups retention may not delete. */
export function holdMethods(db: CatalogDatabase): Pick<RetentionCatalog, 'hold' | 'release'> {
  return {
    hold: ({ backup, by, reason, at }) =>
      db.transaction().execute(async (transaction) => {
        // A clean-up that decided before has marked its copies; one that comes later sees the hold.
        await lockResource(transaction, `backup:${backup}`);
        const copy = await transaction
          .selectFrom('copies')
          .select('destination')
          .where('backup_id', '=', backup)
          .where('state', '<>', 'deleted')
          .executeTakeFirst();
        if (!copy) return false;
        const values = { held_by: by, reason, held_at: new Date(at) };
        await transaction
          .insertInto('holds')
          .values({ backup_id: backup, ...values })
          .onConflict((conflict) => conflict.column('backup_id').doUpdateSet(values))
          .execute();
        return true;
      }),
    async release(backup) {
      const [{ numDeletedRows } = { numDeletedRows: 0n }] = await db
        .deleteFrom('holds')
        .where('backup_id', '=', backup)
        .execute();
      return numDeletedRows > 0n;
    },
  };
}
