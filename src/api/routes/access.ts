import { z } from 'zod';
import { auditActions, permissions, roles } from '../../domain/access.ts';
import { BackupError } from '../../errors.ts';
import { readAudit } from '../../service/access/audit.ts';
import { addToken, listTokens, removeToken } from '../../service/access/tokens.ts';
import { addUser, listUsers, removeUser, resetUser } from '../../service/access/users.ts';
import { auditRow, limit, text, token, user } from '../contract.ts';
import { operation } from '../operation.ts';
import { required } from './session.ts';

const name = z.object({ name: text(64) });
const newPassword = z.object({ password: z.string().meta({ description: 'Told only now' }) });
const path = '/backup/api/users';

const users = [
  operation({
    ...{ id: 'listUsers', method: 'GET', path, tag: 'access', summary: 'All users' },
    needs: 'access',
    answer: z.array(user),
    run: ({ context }) => listUsers(context.world),
  }),
  operation({
    ...{ id: 'addUser', method: 'POST', path, tag: 'access', summary: 'Add a user' },
    needs: 'access',
    body: z.object({ name: text(64), role: z.enum(roles) }),
    status: 201,
    answer: newPassword,
    fails: [409],
    audit: { action: 'user.add', target: ({ body }) => `${body.name} (${body.role})` },
    run: ({ context, body }) => addUser(context.world, body),
  }),
  operation({
    ...{ id: 'resetUser', method: 'POST', path: `${path}/{name}/reset`, tag: 'access' },
    summary: 'Give a user a new password',
    needs: 'access',
    params: name,
    answer: newPassword,
    fails: [404],
    audit: { action: 'user.reset', target: ({ params }) => params.name },
    run: ({ context, params }) => resetUser(context.world, params.name),
  }),
  operation({
    ...{ id: 'removeUser', method: 'DELETE', path: `${path}/{name}`, tag: 'access' },
    summary: 'Remove a user with all sessions and tokens',
    needs: 'access',
    params: name,
    status: 204,
    answer: null,
    fails: [404, 409],
    audit: { action: 'user.remove', target: ({ params }) => params.name },
    run: ({ context, params }) => removeUser(context.world, params.name),
  }),
];

const tokenPath = '/backup/api/tokens';

const tokens = [
  operation({
    ...{ id: 'listTokens', method: 'GET', path: tokenPath, tag: 'access' },
    summary: 'All API tokens, without their secrets',
    needs: 'access',
    answer: z.array(token),
    run: ({ context }) => listTokens(context.world),
  }),
  operation({
    ...{ id: 'addToken', method: 'POST', path: tokenPath, tag: 'access' },
    summary: 'Make an API token for yourself',
    needs: 'access',
    body: z.object({
      name: text(100).trim().min(1),
      scopes: z.array(z.enum(permissions)).min(1).max(permissions.length),
      days: z.number().int().min(1).max(730),
    }),
    status: 201,
    answer: z.object({
      id: z.string(),
      secret: z.string().meta({ description: 'Told only now' }),
      expiresAt: z.iso.datetime(),
    }),
    audit: { action: 'token.add', target: ({ body }) => body.name },
    run: ({ context, identity, body }) => {
      const { user: owner, via } = required(identity);
      if (via !== 'session') throw new BackupError('forbidden', 'a token cannot make tokens');
      return addToken(context.world, { ...body, user: owner });
    },
  }),
  operation({
    ...{ id: 'removeToken', method: 'DELETE', path: `${tokenPath}/{id}`, tag: 'access' },
    summary: 'Remove an API token',
    needs: 'access',
    params: z.object({ id: z.uuid() }),
    status: 204,
    answer: null,
    fails: [404],
    audit: { action: 'token.remove', target: ({ params }) => params.id },
    run: ({ context, params }) => removeToken(context.world, params.id),
  }),
];

const audit = operation({
  ...{ id: 'readAudit', method: 'GET', path: '/backup/api/audit', tag: 'access' },
  summary: 'Who did what, newest first',
  needs: 'audit',
  query: z.object({
    user: text(64).exactOptional(),
    action: z.enum(auditActions).exactOptional(),
    before: z
      .string()
      .regex(/^-?\d{1,18}$/)
      .exactOptional()
      .meta({ description: 'Rows older than this id' }),
    limit,
  }),
  answer: z.array(auditRow),
  run: ({ context, query }) => readAudit(context.world, query),
});

export const accessOperations = [...users, ...tokens, audit];
