import { createHash, randomBytes } from 'node:crypto';
import { permissionsOf, type Permission, type Role } from '../../domain/access.ts';
import type { World } from '../world.ts';

/** Who asks, and what he may ask for. */
export interface Identity {
  readonly user: string;
  readonly role: Role;
  /** For the audit log: `session` or `token <name>`. */
  readonly via: string;
  readonly permissions: readonly Permission[];
  /** He has to choose a password before he may do anything else. */
  readonly mustChangePassword: boolean;
}

const tokenPrefix = 'pma_';

/** A secret for a cookie, and one for a token, which can be recognised in a leak. */
export function newSessionSecret(): string {
  return randomBytes(32).toString('base64url');
}

export function newTokenSecret(): string {
  return `${tokenPrefix}${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a secret: it is random and long, so a plain hash is enough. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** What a page of ours has to send along with what changes something: other sites cannot read it. */
export function csrfToken(sessionSecret: string): string {
  return createHash('sha256').update(`csrf:${sessionSecret}`).digest('base64url');
}

/** Whom a session's secret stands for. */
export async function identityOfSession(
  { catalog }: Pick<World, 'catalog'>,
  secret: string,
): Promise<Identity | undefined> {
  const owner = await catalog.session(hashSecret(secret));
  if (!owner) return undefined;
  const { user, role, mustChangePassword } = owner;
  const permissions = mustChangePassword ? [] : permissionsOf(role);
  return { user, role, mustChangePassword, permissions, via: 'session' };
}

/** Whom an API token stands for: what its scopes leave of what its user may do. */
export async function identityOfToken(
  { catalog }: Pick<World, 'catalog'>,
  secret: string,
): Promise<Identity | undefined> {
  if (!secret.startsWith(tokenPrefix)) return undefined;
  const owner = await catalog.token(hashSecret(secret));
  if (!owner) return undefined;
  const { user, role, scopes, name } = owner;
  return {
    ...{ user, role, mustChangePassword: false },
    permissions: permissionsOf(role, scopes),
    via: `token ${name}`,
  };
}
