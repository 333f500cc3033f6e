import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { BackupError } from '../../errors.ts';
import { audited } from '../../service/access/audit.ts';
import { startSession } from '../../service/access/login.ts';
import { admit, type LoginAttempt } from '../../service/access/oidc.ts';
import { clearAttemptCookie, readAttemptCookie, setAttemptCookie } from '../auth/attempt-cookie.ts';
import { setSessionCookie } from '../auth/cookie.ts';
import type { ApiContext } from '../context.ts';
import { operation } from '../operation.ts';

const path = '/backup/api/session/oidc';
const short = z.string().max(1000).exactOptional();

export const oidcOperations = [
  operation({
    ...{ id: 'loginWays', method: 'GET', path: '/backup/api/session/ways', tag: 'session' },
    summary: 'How one may log in',
    needs: 'nothing',
    answer: z.object({ password: z.boolean(), oidc: z.boolean() }),
    run: ({ context }) => ({
      password: true,
      oidc: context.currentSettings().console.oidc.issuer !== null,
    }),
  }),
  operation({
    ...{ id: 'beginOidcLogin', method: 'GET', path, tag: 'session' },
    summary: 'Go to the OpenID Connect server to log in',
    needs: 'nothing',
    status: 302,
    answer: 'text/plain',
    fails: [404, 500, 502],
    run: async ({ context, request, reply }) => {
      const { url, attempt } = await context.oidc.begin(callbackOf(context, request));
      setAttemptCookie(request, reply, attempt);
      return reply.redirect(url);
    },
  }),
  operation({
    ...{ id: 'finishOidcLogin', method: 'GET', path: `${path}/callback`, tag: 'session' },
    summary: 'Come back from the OpenID Connect server: the answer sets the session cookie',
    needs: 'nothing',
    query: z.object({
      state: z.string().min(1).max(200),
      ...{ code: short, iss: short, session_state: short },
      ...{ error: short, error_description: short, error_uri: short },
    }),
    status: 302,
    answer: 'text/plain',
    fails: [401, 403, 404, 409, 500, 502],
    run: async ({ context, query, request, reply }) => {
      const attempt = attemptOf(request, query.state);
      clearAttemptCookie(request, reply);
      await logIn(context, { request, reply, attempt });
      return reply.redirect('/backup/');
    },
  }),
];

/** Looked at first: what another site made a browser open is no login, and tells the server nothing. */
function attemptOf(request: FastifyRequest, state: string): LoginAttempt {
  const attempt = readAttemptCookie(request);
  if (attempt?.state === state) return attempt;
  throw new BackupError('login_failed', 'this login was not begun in this browser, or long ago', {
    hint: 'begin again at /backup',
  });
}

async function logIn(
  { world, oidc, currentSettings }: ApiContext,
  {
    request,
    reply,
    attempt,
  }: { request: FastifyRequest; reply: FastifyReply; attempt: LoginAttempt },
): Promise<void> {
  let target: string | null = null;
  const settings = currentSettings().console;
  const entry = (isDone: boolean) => ({
    ...{ user: isDone ? target : null, via: 'OpenID Connect', address: request.ip },
    ...({ action: 'login', target } as const),
  });
  await audited(world, entry, async () => {
    const claimant = await oidc.finish(urlOf(settings.publicUrl, request), attempt);
    target = claimant.subject;
    target = await admit(world, settings.oidc, claimant);
    setSessionCookie({ request, reply }, await startSession(world, target, request.ip));
  });
}

function callbackOf({ currentSettings }: ApiContext, request: FastifyRequest): string {
  return `${originOf(currentSettings().console.publicUrl, request)}${path}/callback`;
}

function urlOf(publicUrl: string | null, request: FastifyRequest): string {
  return `${originOf(publicUrl, request)}${request.url}`;
}

// What somebody writes into the header `Host` matters little: the server knows our addresses.
function originOf(publicUrl: string | null, { protocol, host }: FastifyRequest): string {
  return publicUrl === null ? `${protocol}://${host}` : new URL(publicUrl).origin;
}
