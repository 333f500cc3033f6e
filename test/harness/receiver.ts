import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from './service.ts';

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly json: () => Record<string, unknown>;
}

interface Answer {
  readonly status: number;
  readonly body: string;
  /** The request is taken, and never answered. */
  readonly hangs?: boolean;
}

/** A real HTTP server that keeps what it gets. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  /** What it answers from now on; `answers` has the last word on a path. */
  answer: Answer;
  readonly answers: Map<string, Answer>;
  /** The first request so far, or to come, that fits. */
  waitFor(what: string, fits: (request: Received) => boolean): Promise<Received>;
  close(): Promise<void>;
}

/** Listens on a free port of this machine. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const url = new URL(request.url ?? '', receiver.url);
      received.push({
        method: request.method ?? '',
        url,
        headers: request.headers,
        body,
        json: () => JSON.parse(body) as Record<string, unknown>,
      });
      const { status, body: answer, hangs } = receiver.answers.get(url.pathname) ?? receiver.answer;
      if (hangs !== true) response.writeHead(status).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answer: { status: 200, body: '{"errcode":0,"code":0}' },
    answers: new Map(),
    waitFor: (what, fits) => until(what, () => Promise.resolve(received.find(fits))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
