import { sql } from 'kysely';
import type { CopyState } from '../domain/backup.ts';
import { selfTestDatabase } from '../domain/self-test.ts';
import type { CatalogCopy, CheckedState, CopyCatalog } from './contract/copies.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<CopyCatalog, 'recordCopy' | 'recordCheck' | 'copies' | 'copiesToCheck'>;

/** Which artifact lies where, and whether it was still good when we last looked. */
export function copyMethods(db: CatalogDatabase): Methods {
  return {
    async recordCopy({ backup, host, ...about }) {
      const copy = { ...about, ...versionsColumn(about), ...checked(about) };
      await db
        .insertInto('copies')
        .values({ ...copy, backup_id: backup, host: host ?? '' })
        .onConflict((conflict) =>
          conflict
            .columns(['backup_id', 'destination', 'host'])
            .doUpdateSet({ ...copy, ...notDeleted }),
        )
        .execute();
    },
    recordCheck: (check) => recordCheck(db, check),
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
          'versions',
        ])
        .where('backup_id', '=', id)
        .orderBy('destination')
        .orderBy('host')
        .execute();
      return rows.map(({ host, bytes, versions, ...copy }) => ({
        ...copy,
        host: host === '' ? null : host,
        bytes: Number(bytes),
        ...(versions === null ? {} : { versions }),
      }));
    },
    copiesToCheck: (filter) => copiesToCheck(db, filter),
  };
}

/** As the column wants it. */
export function versionsColumn({ versions = {} }: Pick<CatalogCopy, 'versions'>) {
  return { versions: Object.keys(versions).length === 0 ? null : JSON.stringify(versions) };
}

async function recordCheck(
  db: CatalogDatabase,
  { backup, destination, host, state, glance = false }: CheckedState,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('copies')
    .set({
      // A lock is not lifted by a look.
      state: state === 'good' ? sql`case when state = 'locked' then state else 'good' end` : state,
      checked_at: sql`now()`,
      ...(glance || state !== 'good' ? {} : { read_at: sql<Date>`now()` }),
    })
    .where('backup_id', '=', backup)
    .where('destination', '=', destination)
    .where('host', '=', host ?? '')
    .where('state', '<>', 'deleted')
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function checked({ state }: { readonly state: CopyState }) {
  return state === 'good' ? { checked_at: sql<Date>`now()` } : {};
}

/** Of a copy that was deleted and is stored again. */
const notDeleted = { deleted_at: null, deleted_by: null, delete_reason: null, removed_at: null };

async function copiesToCheck(
  db: CatalogDatabase,
  { backup, database }: Parameters<CopyCatalog['copiesToCheck']>[0],
): ReturnType<CopyCatalog['copiesToCheck']> {
  let query = db
    .selectFrom('copies')
    .innerJoin('backups', 'backups.id', 'copies.backup_id')
    .select(['copies.backup_id as backup', 'backups.database', 'copies.destination'])
    .select(sql<string | null>`backups.manifest ->> 'base'`.as('base'))
    .select(['copies.host', 'copies.uri', 'copies.key', 'copies.sha256'])
    .select((row) => row.fn.coalesce('copies.read_at', 'copies.created_at').as('readAt'))
    .where('copies.state', 'in', ['good', 'locked', 'missing', 'damaged']);
  if (backup !== undefined) query = query.where('copies.backup_id', '=', backup);
  if (database !== undefined) query = query.where('backups.database', '=', database);
  else if (backup === undefined) query = query.where('backups.database', '<>', selfTestDatabase);
  const rows = await query
    .orderBy('copies.checked_at', (order) => order.asc().nullsFirst())
    .orderBy('copies.backup_id')
    .orderBy('copies.destination')
    .execute();
  return rows.map(({ readAt, ...row }) => ({
    ...{ ...row, readAt: readAt.toISOString() },
    host: row.host === '' ? null : row.host,
  }));
}
