import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { LoginAttempt } from '../../service/access/oidc.ts';

const name = 'pma_oidc';
const seconds = 600;

const shape = z.object({ state: z.string(), nonce: z.string(), verifier: z.string() });

/** What belongs to a login that is under way; undefined: nothing that can be read. */
export function readAttemptCookie(request: FastifyRequest): LoginAttempt | undefined {
  const text = request.cookies[name];
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
  } catch {
    return undefined; // somebody else wrote it
  }
}

/** It has to come back with a link of the other server, so `strict` would be too strict. */
export function setAttemptCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  attempt: LoginAttempt,
): void {
  const text = Buffer.from(JSON.stringify(attempt)).toString('base64url');
  void reply.setCookie(name, text, { ...options(request), maxAge: seconds });
}

export function clearAttemptCookie(request: FastifyRequest, reply: FastifyReply): void {
  void reply.clearCookie(name, options(request));
}

function options(request: FastifyRequest) {
  const secure = request.protocol === 'https';
  return { path: '/backup/api/session/oidc', httpOnly: true, sameSite: 'lax', secure } as const;
}
