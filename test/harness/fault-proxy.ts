import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong between us and a storage server. */
export interface Fault {
  /** Which requests it meets; all when left out. */
  readonly of?: (request: { method: string; url: string }) => boolean;
  /** How often; for ever when left out. */
  readonly times?: number;
  /** The connection is closed at once. */
  readonly refuse?: boolean;
  /** This is answered in the server's place. */
  readonly answer?: { readonly status: number; readonly code: string };
  /** What happens to the body: of the request (`up`) or of the answer (`down`). */
  readonly body?: 'up' | 'down';
  readonly cutAfter?: number;
  readonly stallAfter?: number;
  readonly flipAt?: number;
  readonly bytesPerSecond?: number;
}

export interface Served {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** 0: it was not answered. */
  readonly status: number;
}

export interface FaultProxy {
  readonly url: string;
  /** Every request in the order in which it ended. */
  readonly served: readonly Served[];
  /** From now on; undefined: all is well. Connections that are there are cut. */
  set(fault: Fault | undefined): void;
  stop(): Promise<void>;
}

/** A server that denies one kind of request to what has this in its name. */
export function refusing(method: string, part: string): Fault {
  return {
    of: (request) => request.method === method && request.url.includes(part),
    answer: { status: 403, code: 'AccessDenied' },
  };
}

/** Stands before a server and lets requests through as they are, `Host` and signature included, unless told otherwise. */
export async function startFaultProxy(target: string, host = '127.0.0.1'): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const served: Served[] = [];
  let fault: (Fault & { left: number }) | undefined;
  const take = (about: { method: string; url: string }): Fault | undefined => {
    if (!fault || fault.left <= 0 || fault.of?.(about) === false) return undefined;
    fault.left -= 1;
    return fault;
  };
  const server = createServer((incoming, outgoing) => {
    const { method = '', url = '', headers } = incoming;
    outgoing.once('close', () => {
      const status = outgoing.writableFinished ? outgoing.statusCode : 0;
      served.push({ method, url, headers, status });
    });
    serve(target, take({ method, url }), incoming, outgoing);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    served,
    set(next) {
      fault = next && { ...next, left: next.times ?? Infinity };
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function serve(
  target: string,
  fault: Fault | undefined,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  if (fault?.refuse) {
    incoming.socket.destroy();
    return;
  }
  if (fault?.answer) {
    answer(incoming, outgoing, fault.answer);
    return;
  }
  const { hostname, port } = new URL(target);
  const { method, url, headers } = incoming;
  const forward = request({ hostname, port, method, path: url, headers, agent: false });
  forward.on('error', () => outgoing.destroy());
  forward.on('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.headers);
    response.on('error', () => outgoing.destroy());
    response.pipe(through(fault, 'down', () => incoming.socket.destroy())).pipe(outgoing);
  });
  outgoing.on('close', () => forward.destroy());
  incoming
    .pipe(
      through(fault, 'up', () => {
        incoming.socket.destroy();
        forward.destroy();
      }),
    )
    .pipe(forward);
}

function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { status, code }: { status: number; code: string },
): void {
  incoming.resume();
  incoming.once('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end(`<Error><Code>${code}</Code><Message>made by the test</Message></Error>`);
  });
}

function through(fault: Fault | undefined, direction: 'up' | 'down', cut: () => void): Transform {
  const { cutAfter, stallAfter, flipAt, bytesPerSecond }: Fault =
    fault?.body === direction ? fault : {};
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      flip(chunk, (flipAt ?? -1) - seen);
      seen += chunk.length;
      if (seen > (cutAfter ?? Infinity)) cut();
      else if (seen > (stallAfter ?? Infinity))
        return; // never goes on
      else if (bytesPerSecond === undefined) done(null, chunk);
      else void sleep((chunk.length / bytesPerSecond) * 1000).then(() => done(null, chunk));
    },
  });
}

function flip(chunk: Buffer, at: number): void {
  const byte = chunk[at];
  if (byte !== undefined) chunk[at] = byte ^ 1;
}
