import { timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { BackupError } from '../../errors.ts';
import {
  csrfToken,
  identityOfSession,
  identityOfToken,
  type Identity,
} from '../../service/access/identity.ts';
import type { ApiContext } from '../context.ts';
import type { Operation } from '../operation.ts';
import { sessionSecret } from './cookie.ts';

/** Who asks. Throws `login_required`, and `forbidden` for a request that another site made a browser send. */
export async function identify(
  { world }: Pick<ApiContext, 'world'>,
  request: FastifyRequest,
): Promise<Identity> {
  const bearer = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return (await identityOfToken(world, bearer)) ?? unknown('token');
  const secret = sessionSecret(request);
  if (secret === undefined) throw loginRequired('log in first');
  const identity = (await identityOfSession(world, secret)) ?? unknown('session');
  if (request.method !== 'GET') checkCsrf(request, secret);
  return identity;
}

/** Throws `forbidden` where the operation needs more than he has. */
export function authorize({ needs }: Operation, identity: Identity): void {
  if (needs === 'login' || needs === 'nothing') return;
  if (identity.permissions.includes(needs)) return;
  if (identity.mustChangePassword) {
    throw new BackupError('forbidden', 'this password was made by us: choose your own first');
  }
  const { user, role, via } = identity;
  const who = via === 'session' ? `'${user}', ${role},` : `${via} of '${user}', ${role},`;
  throw new BackupError('forbidden', `${who} has no permission '${needs}'`, {
    hint: 'ask an administrator',
  });
}

function checkCsrf(request: FastifyRequest, secret: string): void {
  const sent = request.headers['x-csrf-token'];
  if (typeof sent === 'string' && isSame(sent, csrfToken(secret))) return;
  throw new BackupError('forbidden', 'the header x-csrf-token is missing or wrong', {
    hint: 'it is part of the answer of GET /backup/api/session',
  });
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function unknown(what: string): never {
  throw loginRequired(`the ${what} is not known, or has expired`);
}

function loginRequired(message: string): BackupError {
  return new BackupError('login_required', message, {
    hint: 'log in at /backup, or send an API token: Authorization: Bearer …',
  });
}
