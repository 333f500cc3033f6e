import type { User } from '../../catalog/catalog.ts';
import { isUserName, type Role } from '../../domain/access.ts';
import { BackupError } from '../../errors.ts';
import type { World } from '../world.ts';
import { hashPassword, randomPassword } from './passwords.ts';

type Access = Pick<World, 'catalog'>;

/** A user with the password that was made for him; he has to change it when he logs in. */
export interface NewUser {
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

const firstUser = 'admin';

/** The first administrator, where there is no user yet. */
export async function ensureFirstUser(world: Access): Promise<NewUser | undefined> {
  if ((await world.catalog.users()).length > 0) return undefined;
  try {
    return await addUser(world, { name: firstUser, role: 'admin' });
  } catch (error) {
    if (error instanceof BackupError && error.code === 'conflict') return undefined; // another start was quicker
    throw error;
  }
}

/** Throws `usage` for a name that is none, `conflict` where it is taken. */
export async function addUser(
  { catalog }: Access,
  { name, role }: { readonly name: string; readonly role: Role },
): Promise<NewUser> {
  if (!isUserName(name)) {
    throw new BackupError('usage', `'${name}' is no user name`, {
      hint: 'small letters, digits and . _ @ -, at most 64, a letter or digit first',
    });
  }
  const password = randomPassword();
  const passwordHash = await hashPassword(password);
  const made = await catalog.addUser({ name, role, passwordHash, mustChangePassword: true });
  if (made) return { name, role, password };
  throw new BackupError('conflict', `there is a user '${name}' already`, {
    hint: `'pma-backup users reset ${name}' gives a new password`,
  });
}

export function listUsers({ catalog }: Access): Promise<User[]> {
  return catalog.users();
}

/** A new password for a user, whose sessions end. Throws `not_found`. */
export async function resetUser({ catalog }: Access, name: string): Promise<{ password: string }> {
  const password = randomPassword();
  const found = await catalog.setPassword(name, await hashPassword(password), { mustChange: true });
  if (!found) throw noUser(name);
  return { password };
}

/** The user's own choice, after his password was looked at; all his sessions end. Throws `usage`. */
export async function changePassword(
  { catalog }: Access,
  { user, password, newPassword }: { user: string; password: string; newPassword: string },
): Promise<void> {
  if (password === newPassword) {
    throw new BackupError('usage', 'the new password is the old one', { hint: 'choose another' });
  }
  await catalog.setPassword(user, await hashPassword(newPassword), { mustChange: false });
}

/** Throws `not_found`, and `conflict` for the last administrator. */
export async function removeUser({ catalog }: Access, name: string): Promise<void> {
  const admins = (await catalog.users()).filter(({ role }) => role === 'admin');
  if (admins.length === 1 && admins[0]?.name === name) {
    throw new BackupError('conflict', `'${name}' is the last administrator`, {
      hint: 'add another one first',
    });
  }
  if (!(await catalog.removeUser(name))) throw noUser(name);
}

function noUser(name: string): BackupError {
  return new BackupError('not_found', `there is no user '${name}'`, {
    hint: `'pma-backup users list' shows all`,
  });
}
