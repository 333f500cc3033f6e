import { sql } from 'kysely';
import type { Role } from '../domain/access.ts';
import type { AccessCatalog } from './contract/access.ts';
import type { CatalogDatabase } from './tables.ts';

type Methods = Pick<
  AccessCatalog,
  'addUser' | 'admitUser' | 'users' | 'credentials' | 'setPassword' | 'removeUser'
>;

/** Who may log in. */
export function userMethods(db: CatalogDatabase): Methods {
  return {
    async addUser({ name, role, passwordHash, mustChangePassword }) {
      const made = await db
        .insertInto('users')
        .values({
          ...{ name, role, password_hash: passwordHash },
          must_change_password: mustChangePassword,
        })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .returning('name')
        .executeTakeFirst();
      return made !== undefined;
    },
    admitUser: (user) => admitUser(db, user),
    async users() {
      const rows = await db.selectFrom('users').selectAll().orderBy('name').execute();
      return rows.map(({ name, role, created_at, last_login_at, must_change_password }) => ({
        ...{ name, role, mustChangePassword: must_change_password },
        createdAt: created_at.toISOString(),
        lastLoginAt: last_login_at?.toISOString() ?? null,
      }));
    },
    async credentials(name) {
      return db
        .selectFrom('users')
        .select('password_hash as passwordHash')
        .where('name', '=', name)
        .executeTakeFirst();
    },
    setPassword: (name, hash, { mustChange }) =>
      db.transaction().execute(async (transaction) => {
        const { numUpdatedRows } = await transaction
          .updateTable('users')
          .set({ password_hash: hash, must_change_password: mustChange })
          .where('name', '=', name)
          .executeTakeFirst();
        await transaction.deleteFrom('sessions').where('user_name', '=', name).execute();
        return numUpdatedRows > 0n;
      }),
    async removeUser(name) {
      const { numDeletedRows } = await db
        .deleteFrom('users')
        .where('name', '=', name)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

async function admitUser(
  db: CatalogDatabase,
  { subject, name, role }: { subject: string; name: string; role: Role },
): Promise<string | undefined> {
  const known = await db
    .updateTable('users')
    .set({ role })
    .where('subject', '=', subject)
    .returning('name')
    .executeTakeFirst();
  if (known) return known.name;
  const made = await db
    .insertInto('users')
    .values({ name, role, subject, password_hash: null, must_change_password: false })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst();
  return made?.name;
}

type SessionMethods = Pick<AccessCatalog, 'startSession' | 'session' | 'endSession'>;

/** Who is logged in. */
export function sessionMethods(db: CatalogDatabase): SessionMethods {
  return {
    startSession: ({ hash, user, address, expiresAt }) =>
      db.transaction().execute(async (transaction) => {
        await transaction
          .deleteFrom('sessions')
          .where('expires_at', '<', sql<Date>`now()`)
          .execute();
        await transaction
          .insertInto('sessions')
          .values({ hash, address, user_name: user, expires_at: expiresAt })
          .execute();
        await transaction
          .updateTable('users')
          .set({ last_login_at: sql`now()` })
          .where('name', '=', user)
          .execute();
      }),
    async session(hash) {
      const row = await db
        .selectFrom('sessions')
        .innerJoin('users', 'users.name', 'sessions.user_name')
        .select(['users.name', 'users.role', 'users.must_change_password', 'sessions.expires_at'])
        .where('sessions.hash', '=', hash)
        .where('sessions.expires_at', '>', sql<Date>`now()`)
        .executeTakeFirst();
      if (!row) return undefined;
      const { name, role, must_change_password, expires_at } = row;
      const expiresAt = expires_at.toISOString();
      return { user: name, role, mustChangePassword: must_change_password, expiresAt };
    },
    async endSession(hash) {
      await db.deleteFrom('sessions').where('hash', '=', hash).execute();
    },
  };
}
