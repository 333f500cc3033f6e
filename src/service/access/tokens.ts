import { randomUUID } from 'node:crypto';
import type { Token } from '../../catalog/catalog.ts';
import type { Permission } from '../../domain/access.ts';
import { BackupError } from '../../errors.ts';
import type { World } from '../world.ts';
import { hashSecret, newTokenSecret } from './identity.ts';

type Access = Pick<World, 'catalog'>;

export interface TokenRequest {
  readonly name: string;
  readonly user: string;
  readonly scopes: readonly Permission[];
  readonly days: number;
}

/** Makes an API token; its secret is told now and never again. */
export async function addToken(
  { catalog }: Access,
  { days, ...request }: TokenRequest,
): Promise<{ id: string; secret: string; expiresAt: string }> {
  const [id, secret] = [randomUUID(), newTokenSecret()];
  const expiresAt = new Date(Date.now() + days * 86_400_000);
  await catalog.addToken({ ...request, id, hash: hashSecret(secret), expiresAt });
  return { id, secret, expiresAt: expiresAt.toISOString() };
}

export function listTokens({ catalog }: Access): Promise<Token[]> {
  return catalog.tokens();
}

/** Throws `not_found`. */
export async function removeToken({ catalog }: Access, id: string): Promise<void> {
  if (await catalog.removeToken(id)) return;
  throw new BackupError('not_found', `there is no token '${id}'`);
}
