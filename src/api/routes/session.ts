import { z } from 'zod';
import { changePassword } from '../../service/access/users.ts';
import { csrfToken, hashSecret, type Identity } from '../../service/access/identity.ts';
import { clearSessionCookie, sessionSecret, setSessionCookie } from '../auth/cookie.ts';
import { session, text } from '../contract.ts';
import { operation } from '../operation.ts';
import { BackupError } from '../../errors.ts';

const nothing = () => null;
const password = text(200);

export const sessionOperations = [
  operation({
    ...{ id: 'logIn', method: 'POST', path: '/backup/api/session', tag: 'session' },
    summary: 'Log in: the answer sets the session cookie',
    needs: 'nothing',
    body: z.object({ user: text(64), password }),
    status: 204,
    answer: null,
    fails: [401, 429],
    audit: {
      action: 'login',
      target: ({ body }) => body.user,
      login: { via: 'password', user: ({ body }) => body.user },
    },
    run: async ({ context, body, request, reply }) => {
      const attempt = { ...body, address: request.ip };
      setSessionCookie({ request, reply }, await context.gate.logIn(context.world, attempt));
    },
  }),
  operation({
    ...{ id: 'whoAmI', method: 'GET', path: '/backup/api/session', tag: 'session' },
    summary: 'Who asks, and what he may do',
    needs: 'login',
    answer: session,
    run: ({ identity, request }) => {
      const { user, role, permissions, mustChangePassword, via } = required(identity);
      const secret = via === 'session' ? sessionSecret(request) : undefined;
      const csrf = secret === undefined ? null : csrfToken(secret);
      return { user, role, permissions, mustChangePassword, csrf };
    },
  }),
  operation({
    ...{ id: 'logOut', method: 'DELETE', path: '/backup/api/session', tag: 'session' },
    summary: 'Log out',
    needs: 'login',
    status: 204,
    answer: null,
    audit: { action: 'logout', target: nothing },
    run: async ({ context, request, reply }) => {
      const secret = sessionSecret(request);
      if (secret !== undefined) await context.world.catalog.endSession(hashSecret(secret));
      clearSessionCookie(request, reply);
    },
  }),
  operation({
    ...{ id: 'changePassword', method: 'POST', path: '/backup/api/session/password' },
    ...{ tag: 'session', summary: 'Choose another password: all sessions of the user end' },
    needs: 'login',
    body: z.object({ password, newPassword: password }),
    status: 204,
    answer: null,
    fails: [429],
    audit: { action: 'password', target: nothing },
    run: async ({ context, identity, body, request, reply }) => {
      const { user, via } = required(identity);
      if (via !== 'session') throw new BackupError('forbidden', 'a token cannot change a password');
      const { password: old } = body;
      await context.gate.check(context.world, { user, password: old, address: request.ip });
      await changePassword(context.world, { user, ...body });
      clearSessionCookie(request, reply);
    },
  }),
];

/** Whoever is asked for by an operation that needs a login. */
export function required(identity: Identity | null): Identity {
  if (!identity) throw new BackupError('login_required', 'log in first');
  return identity;
}
