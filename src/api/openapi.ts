import { z } from 'zod';
import { version } from '../version.ts';
import { problem } from './contract.ts';
import type { Operation } from './operation.ts';

type Json = Record<string, unknown>;

export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly components: Json;
  readonly [key: string]: unknown;
}

/** The OpenAPI 3.1 document of these operations. */
export function openApiDocument(operations: readonly Operation[]): OpenApiDocument {
  const schemas: Json = {};
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = describe(operation, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'PMA Backup',
      version,
      description: 'Everything that the console at /backup does, for programs.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas,
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'pma_session' },
      },
    },
  };
}

function describe(operation: Operation, schemas: Json): Json {
  const { id, tag, summary, needs, body, params, query, audit } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(needs !== 'nothing' && needs !== 'login' && { 'x-permission': needs }),
    ...(audit && { 'x-audit': audit.action }),
    security: needs === 'nothing' ? [] : [{ token: [] }, { session: [] }],
    parameters: [...parameters('path', params, schemas), ...parameters('query', query, schemas)],
    ...(body && {
      requestBody: { required: true, content: json(schemaOf(body.strict(), 'input', schemas)) },
    }),
    responses: responses(operation, schemas),
  };
}

function parameters(where: 'path' | 'query', shape: z.ZodObject | undefined, schemas: Json) {
  const { properties = {}, required = [] } = (shape ? schemaOf(shape, 'input', schemas) : {}) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: where, schema },
    required: required.includes(name),
    ...(typeof schema['description'] === 'string' && { description: schema['description'] }),
  }));
}

function responses(operation: Operation, schemas: Json): Json {
  const failed = { content: json(schemaOf(problem, 'output', schemas)) };
  const failures = [...failuresOf(operation)].map((status): [number, Json] => [
    status,
    { description: meanings[status], ...failed },
  ]);
  const done = { description: 'Done', ...content(operation.answer, schemas) };
  return {
    ...Object.fromEntries([operation.status, ...operation.also].map((status) => [status, done])),
    ...Object.fromEntries(failures),
  };
}

function content(answer: Operation['answer'], schemas: Json): Json {
  if (answer === null) return {};
  if (typeof answer === 'string') return { content: { [answer]: {} } };
  return { content: json(schemaOf(answer, 'output', schemas)) };
}

function failuresOf({ needs, fails, params, query, body, method }: Operation): Set<number> {
  const changes = method !== 'GET';
  return new Set([
    ...(params || query || body || changes ? [400] : []),
    ...(body ? [413] : []),
    ...(needs === 'nothing' ? [] : [401, 403]),
    ...(needs === 'nothing' && changes ? [403] : []),
    ...fails,
    503,
  ]);
}

const meanings: Readonly<Record<number, string>> = {
  400: 'The request is wrong',
  401: 'Nobody is logged in',
  403: 'Not allowed',
  404: 'There is no such thing',
  409: 'Something is in the way',
  413: 'The request is too large',
  416: 'There is no such range',
  429: 'Too many attempts',
  500: 'What should be there is not, or is damaged',
  502: 'A server that we asked refused or does not answer',
  503: 'Catalog or Temporal do not answer',
  507: 'There is not enough space',
};

function json(schema: Json): Json {
  return { 'application/json': { schema } };
}

/** As JSON Schema; schemas with a name of their own go to the components. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const { $defs, ...made } = z.toJSONSchema(schema, { io }) as Json & { $defs?: Json };
  delete made['$schema'];
  for (const [name, each] of Object.entries($defs ?? {})) schemas[name] = moved(each);
  const { id, ...rest } = moved(made) as Json;
  if (typeof id !== 'string') return rest;
  schemas[id] = rest;
  return { $ref: `#/components/schemas/${id}` };
}

function moved(value: unknown): unknown {
  const text = JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/');
  return JSON.parse(text) as unknown;
}
