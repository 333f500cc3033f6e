import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { BackupError } from '../errors.ts';
import { audited } from '../service/access/audit.ts';
import type { AuditEntry } from '../domain/access.ts';
import { authorize, identify } from './auth/guard.ts';
import type { ApiContext } from './context.ts';
import { started } from './contract.ts';
import type { AnyCall, Operation } from './operation.ts';

type Audit = NonNullable<Operation['audit']>;

/** Answers an operation's requests: who asks, may he, is it well-formed, do it, tell the audit log, answer. */
export function register(server: FastifyInstance, operation: Operation, context: ApiContext): void {
  server.route({
    ...{ method: methodsOf(operation), url: urlOf(operation.path) },
    handler: async (request, reply) => {
      refuseOtherSites(request);
      const identity = operation.needs === 'nothing' ? null : await identify(context, request);
      const call = () => callOf(operation, { context, request, reply, identity });
      const result = await perform(operation, call, { context, request, identity });
      if (operation.answer === started) {
        const { workflowId: run } = started.parse(result);
        context.log.info({ run, user: identity?.user, via: identity?.via }, 'a run was asked for');
      }
      return answer(operation, result, reply);
    },
  });
}

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'QUERY'];

/** Whatever else is asked of the paths of these operations is refused by its method, and told what they know. */
export function refuseOtherMethods(
  server: FastifyInstance,
  operations: readonly Operation[],
): void {
  for (const path of new Set(operations.map((each) => each.path))) {
    const known = operations.filter((each) => each.path === path).flatMap(methodsOf);
    server.route({
      method: methods.filter((method) => !known.includes(method)),
      url: urlOf(path),
      onRequest: (request, reply) => {
        void reply.header('allow', known.join(', '));
        throw new BackupError('method_unknown', `'${request.method}' is not what this path knows`, {
          hint: `it knows ${known.join(', ')}; see /backup/api/docs`,
        });
      },
      handler: () => undefined,
    });
  }
}

function methodsOf({ method, head }: Operation): string[] {
  return head ? [method, 'HEAD'] : [method];
}

function urlOf(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}

// Besides the token against it, which a login has not got yet.
function refuseOtherSites({ method, headers }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  if (headers['sec-fetch-site'] !== 'cross-site' && headers['sec-fetch-site'] !== 'same-site')
    return;
  throw new BackupError('forbidden', 'another site made your browser send this');
}

type Asked = Pick<AnyCall, 'context' | 'request' | 'reply' | 'identity'>;

function callOf({ params, query, body }: Operation, asked: Asked): AnyCall {
  const { request } = asked;
  const read = (schema: z.ZodObject | undefined, value: unknown) =>
    (schema ? schema.strict().parse(value) : {}) as never;
  return {
    ...asked,
    tellBegun: () => Promise.resolve(),
    params: read(params, request.params),
    query: read(query, request.query),
    body: read(body, request.body),
  };
}

async function perform(
  operation: Operation,
  call: () => AnyCall,
  { context, request, identity }: Pick<Asked, 'context' | 'request' | 'identity'>,
): Promise<unknown> {
  const { audit } = operation;
  if (!audit) {
    if (identity) authorize(operation, identity);
    return operation.run(call());
  }
  const asked = call();
  const entry = { action: audit.action, target: audit.target(asked), address: request.ip };
  return audited(
    context.world,
    (isDone) => ({ ...entry, ...whoOf(audit, asked, isDone) }),
    (tellBegun) => {
      if (identity) authorize(operation, identity);
      return operation.run({ ...asked, tellBegun });
    },
  );
}

function whoOf(
  { login }: Audit,
  asked: AnyCall,
  isDone: boolean,
): Pick<AuditEntry, 'user' | 'via'> {
  const { identity } = asked;
  if (identity) return { user: identity.user, via: identity.via };
  return { user: isDone && login ? login.user(asked) : null, via: login?.via ?? 'nobody' };
}

/** Only what the contract names goes out; an answer that lacks some of it is our fault. */
function answer({ answer: schema, status }: Operation, result: unknown, reply: FastifyReply) {
  if (reply.sent || typeof schema === 'string') return result;
  void reply.code(status);
  if (schema === null) return reply.send();
  const read = schema.safeParse(result);
  if (read.success) return reply.send(read.data);
  throw new BackupError('internal', `the answer breaks the contract: ${read.error.message}`);
}
