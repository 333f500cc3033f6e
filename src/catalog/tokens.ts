import { sql } from 'kysely';
import type { AccessCatalog } from './contract/access.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<AccessCatalog, 'addToken' | 'tokens' | 'token' | 'removeToken'>;

/** API tokens; what is kept of one is a hash. */
export function tokenMethods(db: CatalogDatabase): Methods {
  return {
    async addToken({ user, scopes, expiresAt, ...token }) {
      const values = { ...token, user_name: user, scopes: [...scopes], expires_at: expiresAt };
      await db.insertInto('tokens').values(values).execute();
    },
    async tokens() {
      const rows = await db
        .selectFrom('tokens')
        .selectAll()
        .orderBy('created_at', 'desc')
        .execute();
      return rows.map(({ id, name, user_name, scopes, ...times }) => ({
        ...{ id, name, user: user_name, scopes },
        createdAt: times.created_at.toISOString(),
        expiresAt: times.expires_at.toISOString(),
        lastUsedAt: times.last_used_at?.toISOString() ?? null,
      }));
    },
    async token(hash) {
      const row = await db
        .selectFrom('tokens')
        .innerJoin('users', 'users.name', 'tokens.user_name')
        .select(['tokens.id', 'tokens.name', 'users.name as user', 'users.role', 'tokens.scopes'])
        .select('tokens.last_used_at')
        .where('tokens.hash', '=', hash)
        .where('tokens.expires_at', '>', sql<Date>`now()`)
        .executeTakeFirst();
      if (!row) return undefined;
      const { last_used_at, ...owner } = row;
      // To the minute is enough: not every request needs a write.
      if (!last_used_at || Date.now() - last_used_at.getTime() > 60_000) await used(db, owner.id);
      return owner;
    },
    async removeToken(id) {
      const { numDeletedRows } = await db
        .deleteFrom('tokens')
        .where('id', '=', id)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

async function used(db: CatalogDatabase, id: string): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ last_used_at: sql`now()` })
    .where('id', '=', id)
    .execute();
}
