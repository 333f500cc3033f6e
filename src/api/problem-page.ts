import type { FastifyRequest } from 'fastify';
import { escapeMarkup } from '../domain/escape-markup.ts';
import type { Problem } from './problem.ts';

/** A browser shows the answer as a page: a link was followed, say that of a download. */
export function isShownAsPage({ headers }: FastifyRequest): boolean {
  return headers['sec-fetch-dest'] === 'document';
}

/** A failure for people, with the way back. */
export function problemPage({ body: { error } }: Problem): string {
  const hint = error.hint === null ? '' : `<p>${escapeMarkup(error.hint)}</p>`;
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>${error.code}</title>
<style>:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}main{max-width:40rem;margin:auto;padding:2rem 1rem}
@media(prefers-color-scheme:dark){a{color:#74c0fc}}</style></head><body><main><h1>${escapeMarkup(error.message)}</h1>
${hint}<p><code>${error.code}</code></p><p><a href="/backup/">PMA Backup</a></p></main></body></html>`;
}
