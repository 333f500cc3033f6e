import { escapeMarkup } from '../domain/escape-markup.ts';
import type { OpenApiDocument } from './openapi.ts';

interface Described {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly 'x-permission'?: string;
  readonly 'x-audit'?: string;
  readonly security: readonly unknown[];
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema: unknown }>> };
  readonly responses: Readonly<
    Record<string, { description: string; content?: Record<string, { schema?: unknown }> }>
  >;
}

/** The OpenAPI document as one page that needs nothing else: no script, no font, no other host. */
export function docsPage({ info, paths, components }: OpenApiDocument): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...{ path, method: method.toUpperCase() },
      operation: described as unknown as Described,
    })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  const sections = tags.map((tag) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(tag));
    return `<section><h2 id="${tag}">${tag}</h2>${own.map(operationHtml).join('')}</section>`;
  });
  const { schemas } = components as { schemas: Record<string, unknown> };
  const named = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details id="schema-${name}"><summary>${name}</summary>${code(schema)}</details>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${info.title} API</title>
<style>${style}</style></head><body><main><h1>${info.title} API</h1>
<p>${escapeMarkup(info.description)} As a program reads it: <a href="openapi.json">openapi.json</a>. Send an API
token as <code>Authorization: Bearer TOKEN</code>; with the session cookie, what changes something also
needs the header <code>x-csrf-token</code>.</p>
<nav>${tags.map((tag) => `<a href="#${tag}">${tag}</a>`).join(' ')} <a href="#schemas">schemas</a></nav>
${sections.join('')}<section><h2 id="schemas">schemas</h2>${named.join('')}</section></main></body></html>`;
}

function operationHtml(each: { path: string; method: string; operation: Described }): string {
  const { path, method, operation } = each;
  const { parameters, requestBody, responses } = operation;
  const body = requestBody?.content['application/json']?.schema;
  const answers = Object.entries(responses).map(([status, { description, content }]) => {
    const [type, media] = Object.entries(content ?? {})[0] ?? [];
    const schema = Number(status) < 300 && media?.schema ? code(media.schema) : '';
    const kind = type === undefined || type === 'application/json' ? '' : ` (${type})`;
    return `<li><b>${status}</b> ${escapeMarkup(description)}${kind}${schema}</li>`;
  });
  return `<details id="${operation.operationId}"><summary><b class="${method}">${method}</b>
<code>${escapeMarkup(path)}</code> <span>${escapeMarkup(operation.summary)}</span></summary>
<p>Needs: ${needs(operation)}${told(operation)}</p>
${parameters.length === 0 ? '' : `<h3>parameters</h3><ul>${parameters.map(parameterHtml).join('')}</ul>`}
${body === undefined ? '' : `<h3>body</h3>${code(body)}`}
<h3>answers</h3><ul>${answers.join('')}</ul></details>`;
}

function parameterHtml({ name, required, schema, ...rest }: Described['parameters'][number]) {
  return `<li><code>${name}</code> in ${rest.in}${required ? ', required' : ''}${code(schema)}</li>`;
}

function needs(operation: Described): string {
  if (operation.security.length === 0) return 'nothing';
  const permission = operation['x-permission'];
  return permission === undefined ? 'a session or token' : `permission <code>${permission}</code>`;
}

function told({ 'x-audit': action }: Described): string {
  return action === undefined ? '' : `. In the audit log: <code>${action}</code>`;
}

function code(schema: unknown): string {
  const text = escapeMarkup(JSON.stringify(schema, null, 2));
  const linked = text.replace(
    /#\/components\/schemas\/(\w+)/g,
    (_, name: string) => `<a href="#schema-${name}">${name}</a>`,
  );
  return `<pre tabindex="0">${linked}</pre>`;
}

const style = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{margin:0}main{max-width:60rem;margin:auto;padding:1rem}nav a{margin-right:.75rem}
details{border:1px solid #8884;border-radius:.5rem;margin:.5rem 0;padding:.5rem .75rem}
summary{cursor:pointer}summary b{display:inline-block;min-width:4.5rem}.GET{color:#1971c2}.POST{color:#2b8a3e}
.DELETE{color:#e03131}pre{background:#8881;padding:.5rem;border-radius:.25rem;overflow:auto;font-size:.8rem}
h3{font-size:1rem;margin:.75rem 0 .25rem}@media(prefers-color-scheme:dark){.GET{color:#74c0fc}.POST{color:#8ce99a}.DELETE{color:#ffa8a8}a{color:#74c0fc}}`;
