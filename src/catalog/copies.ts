import { sql } from 'kysely';
import type { Catalog } from './contract.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<Catalog, 'recordCopy' | 'recordCheck' | 'copies' | 'copiesToCheck'>;

/** Which artifact lies where, and whether it was still good when we last looked. */
export function copyMethods(db: CatalogDatabase): Methods {
  return {
    async recordCopy({ backup, host, ...copy }) {
      await db
        .insertInto('copies')
        .values({ ...copy, backup_id: backup, host: host ?? '' })
        .onConflict((conflict) =>
          conflict.columns(['backup_id', 'destination', 'host']).doUpdateSet(copy),
        )
        .execute();
    },
    async recordCheck({ backup, destination, host, state }) {
      await db
        .updateTable('copies')
        .set({ state, checked_at: sql`now()` })
        .where('backup_id', '=', backup)
        .where('destination', '=', destination)
        .where('host', '=', host ?? '')
        .execute();
    },
    async copies(id) {
      const rows = await db
        .selectFrom('copies')
        .select([
          'backup_id as backup',
          'destination',
          'host',
          'uri',
          'key',
          'bytes',
          'sha256',
          'state',
        ])
        .where('backup_id', '=', id)
        .orderBy('destination')
        .orderBy('host')
        .execute();
      return rows.map(({ host, bytes, ...copy }) => ({
        ...copy,
        host: host === '' ? null : host,
        bytes: Number(bytes),
      }));
    },
    copiesToCheck: (filter) => copiesToCheck(db, filter),
  };
}

async function copiesToCheck(
  db: CatalogDatabase,
  { backup, database }: Parameters<Catalog['copiesToCheck']>[0],
): ReturnType<Catalog['copiesToCheck']> {
  let query = db
    .selectFrom('copies')
    .innerJoin('backups', 'backups.id', 'copies.backup_id')
    .select(['copies.backup_id as backup', 'backups.database', 'copies.destination'])
    .select(['copies.host', 'copies.uri', 'copies.key', 'copies.sha256'])
    .where('copies.state', 'in', ['good', 'missing', 'damaged']);
  if (backup !== undefined) query = query.where('copies.backup_id', '=', backup);
  if (database !== undefined) query = query.where('backups.database', '=', database);
  const rows = await query
    .orderBy('copies.checked_at', (order) => order.asc().nullsFirst())
    .orderBy('copies.backup_id')
    .orderBy('copies.destination')
    .execute();
  return rows.map((row) => ({ ...row, host: row.host === '' ? null : row.host }));
}
