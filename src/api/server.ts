import { isIP, type AddressInfo } from 'node:net';
import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Settings } from '../config.ts';
import { BackupError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { createDestinations } from '../service/destinations.ts';
import { createGate, type Gate } from '../service/access/login.ts';
import { createOidcLogin, requireOidc } from '../service/access/oidc.ts';
import type { World } from '../service/world.ts';
import type { ApiContext } from './context.ts';
import { createEventHub } from './events.ts';
import { addHeaders } from './headers.ts';
import { operations } from './operations.ts';
import { problemOf } from './problem.ts';
import { isShownAsPage, problemPage } from './problem-page.ts';
import { refuseOtherMethods, register } from './register.ts';
import { serveConsole } from './static.ts';
import { readCertificate, renewCertificate } from './tls.ts';

/** Milliseconds that a client has. */
export interface Patience {
  /** To send its headers. */
  readonly headers: number;
  /** To send all of its request. */
  readonly request: number;
  /** To read or write the next byte. */
  readonly idle: number;
  /** How often we look. */
  readonly look: number;
}

const usualPatience: Patience = { headers: 15_000, request: 30_000, idle: 120_000, look: 5_000 };

export interface ServerOptions {
  readonly world: World;
  readonly currentSettings: () => Settings;
  readonly log: Logger;
  /** Whose clock a test may move. */
  readonly gate?: Gate;
  /** How often a renewed certificate is looked for. */
  readonly renewMilliseconds?: number;
  readonly patience?: Patience;
}

export interface RunningServer {
  /** Of the console, as one types it on this host. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts API and console where the settings say; a port that is taken is replaced by a free one. Throws `start_failed`. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { world, currentSettings, log, gate = createGate(), renewMilliseconds = 60_000 } = options;
  const { console: place, ports } = world.settings;
  if (place.oidc.issuer !== null) requireOidc(place.oidc);
  const context = {
    ...{ world, currentSettings, log, gate },
    storage: createDestinations(currentSettings),
    oidc: createOidcLogin(currentSettings),
    events: createEventHub(world),
  };
  const server = await createServer(context, options.patience ?? usualPatience);
  await listen(server, place.address, ports.console);
  const renewal = renewCertificate(server.server, place, { log, renewMilliseconds });
  const { port } = server.server.address() as AddressInfo;
  const scheme = place.tlsCertPath === null ? 'http' : 'https';
  return {
    url: `${scheme}://${shownHost(place.address)}:${port}/backup`,
    close: async () => {
      clearInterval(renewal);
      context.events.close();
      server.server.closeAllConnections(); // who downloads now would keep us for hours
      await server.close();
    },
  };
}

async function createServer(context: ApiContext, patience: Patience): Promise<FastifyInstance> {
  const { console: place } = context.world.settings;
  const certificate = readCertificate(place);
  const server = Fastify({
    ...(certificate && { https: certificate }),
    trustProxy: readProxies(place.trustedProxies),
    bodyLimit: 64 * 1024,
    requestTimeout: patience.request,
    connectionTimeout: patience.idle,
    http: { connectionsCheckingInterval: patience.look, headersTimeout: patience.headers },
    keepAliveTimeout: 60_000,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  server.server.maxConnections = 1000;
  server.removeContentTypeParser('text/plain'); // JSON alone: what forms of other sites can send is refused
  await server.register(cookie);
  addHeaders(server);
  answerFailures(server, context.log);
  for (const operation of operations) register(server, operation, context);
  refuseOtherMethods(server, operations);
  await serveConsole(server);
  return server;
}

/** Throws `invalid_settings`. */
function readProxies(text: string | null): string[] | false {
  if (text === null) return false;
  const proxies = text.split(',').map((each) => each.trim());
  const wrong = proxies.find((each) => !isNetwork(each));
  if (wrong === undefined) return proxies;
  throw new BackupError('invalid_settings', `'${wrong}' is neither an address nor a network`, {
    hint: `correct 'console.trustedProxies': addresses such as 10.0.0.1, networks such as 10.0.0.0/8`,
  });
}

// `loopback` and its like are words that Fastify knows.
function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...more] = text.split('/');
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  const length = bits === undefined || /^\d+$/.test(bits) ? Number(bits ?? longest) : NaN;
  return more.length === 0 && length >= 0 && length <= longest;
}

function answerFailures(server: FastifyInstance, log: Logger): void {
  server.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error);
    const { status, body, unexpected } = problem;
    if (unexpected) log.error({ err: error, url: request.url }, 'a request failed');
    const wait = /wait (\d+) s/.exec(body.error.message)?.[1];
    if (status === 429 && wait !== undefined) void reply.header('retry-after', wait);
    void reply.code(status);
    if (!isShownAsPage(request)) return reply.send(body);
    return reply.type('text/html; charset=utf-8').send(problemPage(problem));
  });
  server.setNotFoundHandler((_, reply) => {
    void reply.header('cache-control', 'no-store'); // a file that is not there now may be there later
    const { status, body } = problemOf(
      new BackupError('not_found', 'there is nothing here', { hint: 'see /backup/api/docs' }),
    );
    return reply.code(status).send(body);
  });
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && port !== 0) return listen(server, host, 0);
    await server.close();
    throw new BackupError('start_failed', `the console cannot listen on '${host}': ${message}`, {
      hint: `is 'console.address' an address of this host?`,
      cause: error,
    });
  }
}

function shownHost(address: string): string {
  if (address === '0.0.0.0' || address === '::') return 'localhost';
  return address.includes(':') ? `[${address}]` : address;
}
