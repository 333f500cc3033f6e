import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import files from '@fastify/static';
import type { FastifyInstance, RouteHandlerMethod } from 'fastify';

/** Where the build lays the console, seen from the compiled file and, for tests, from the source. */
const places = ['../../web/', '../../dist/web/'].map((place) =>
  fileURLToPath(new URL(place, import.meta.url)),
);

/** Serves the built console at `/backup`: its files as they are, and its page for every address of its own. */
export async function serveConsole(server: FastifyInstance): Promise<void> {
  const get = (url: string, handler: RouteHandlerMethod) =>
    server.route({ method: ['GET', 'HEAD'], url, handler });
  get('/', (_, reply) => reply.redirect('/backup/'));
  get('/backup', (_, reply) => reply.redirect('/backup/'));
  const root = places.find((place) => existsSync(`${place}index.html`));
  if (root === undefined) return; // not built: the API works without it
  await server.register(files, { root, serve: false, decorateReply: true });
  get('/backup/assets/*', (request, reply) => {
    const { '*': name } = request.params as { '*': string };
    void reply.header('cache-control', 'public, max-age=31536000, immutable');
    return reply.sendFile(`assets/${name}`, { cacheControl: false });
  });
  get('/backup/*', (request, reply) => {
    if (request.url.startsWith('/backup/api/')) {
      reply.callNotFound();
      return reply;
    }
    void reply.header('cache-control', 'no-cache');
    return reply.sendFile('index.html', { cacheControl: false });
  });
}
