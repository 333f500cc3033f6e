import type { FastifyInstance } from 'fastify';

/** No script but our own files, no frame, no other host; styles may be inline, since components set them. */
const contentSecurityPolicy = [
  `default-src 'none'`,
  `script-src 'self'`,
  `style-src 'self' 'unsafe-inline'`,
  `img-src 'self' data:`,
  `font-src 'self'`,
  `connect-src 'self'`,
  `manifest-src 'self'`,
  `form-action 'self'`,
  `base-uri 'none'`,
  `frame-ancestors 'none'`,
].join('; ');

const always = {
  'content-security-policy': contentSecurityPolicy,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

/** Headers that every answer carries; behind TLS browsers are told to stay there. */
export function addHeaders(server: FastifyInstance): void {
  server.addHook('onRequest', (request, reply, done) => {
    void reply.headers(always);
    if (request.protocol === 'https') {
      void reply.header('strict-transport-security', 'max-age=31536000');
    }
    if (request.url.startsWith('/backup/api/')) void reply.header('cache-control', 'no-store');
    done();
  });
}
