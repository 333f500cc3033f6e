import type { AccessCatalog } from './contract/access.ts';
import type { CatalogDatabase } from './tables.ts';

/** Who did what; rows are added and read, never changed. */
export function auditMethods(db: CatalogDatabase): Pick<AccessCatalog, 'audit' | 'auditLog'> {
  return {
    async audit({ user, ...entry }) {
      await db
        .insertInto('audit')
        .values({ ...entry, user_name: user })
        .execute();
    },
    async auditLog({ user, action, before, limit }) {
      let query = db.selectFrom('audit').selectAll();
      if (user !== undefined) query = query.where('user_name', '=', user);
      if (action !== undefined) query = query.where('action', '=', action);
      if (before !== undefined) query = query.where('id', '<', before);
      const rows = await query.orderBy('id', 'desc').limit(limit).execute();
      return rows.map(({ user_name, at, ...row }) => ({
        ...row,
        user: user_name,
        at: at.toISOString(),
      }));
    },
  };
}
