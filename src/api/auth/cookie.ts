import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StartedSession } from '../../service/access/login.ts';

const name = 'pma_session';

/** The secret of the session in the request's cookie. */
export function sessionSecret(request: FastifyRequest): string | undefined {
  return request.cookies[name];
}

/** Not to be read by scripts, not to be sent by other sites, and by TLS alone where there is TLS. */
export function setSessionCookie(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { secret, expiresAt }: StartedSession,
): void {
  void reply.setCookie(name, secret, { ...options(request), expires: expiresAt });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  void reply.clearCookie(name, options(request));
}

function options(request: FastifyRequest) {
  const secure = request.protocol === 'https';
  return { path: '/backup', httpOnly: true, sameSite: 'strict', secure } as const;
}
