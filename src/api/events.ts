import type { Writable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { listRuns, type RunInfo } from '../service/runs.ts';
import type { World } from '../service/world.ts';
import { BackupError } from '../errors.ts';
import { whenGone } from './unless-gone.ts';

/** Tells open pages what runs: one look a second, however many look on, and none when nobody does. */
export interface EventHub {
  /** Answers with a stream of events until its reader goes away, or may not stay. Throws `conflict`. */
  join(reply: FastifyReply, reader: EventReader): void;
  close(): void;
}

export interface EventReader {
  readonly user: string;
  readonly mayStay: () => Promise<boolean>;
}

const most = 200;
/** More than anybody's pages and programs need, and too few to keep others out. */
const mostOfUser = 20;
const lookMilliseconds = 1000;
const pingMilliseconds = 15_000;

/** A hub over the runs of this world. */
export function createEventHub(world: Pick<World, 'temporal'>): EventHub {
  /** How to tell each of them, and whose he is. */
  const readers = new Map<(text: string) => void, string>();
  const endings = new Set<() => void>();
  const closing = new AbortController();
  let last = '';
  let timer: NodeJS.Timeout | undefined;
  const tell = (text: string) => {
    for (const write of readers.keys()) write(text);
  };
  const look = async () => {
    const text = await lookAtRuns(world, closing.signal);
    if (text !== last) tell((last = text));
    if (readers.size > 0 && !closing.signal.aborted) schedule();
  };
  const schedule = () => {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), lookMilliseconds);
  };
  return {
    join(reply, { user, mayStay }) {
      refuseTooMany([...readers.values()], user);
      begin(reply);
      const write = newestTo(reply.raw);
      const stay = () => {
        if (readers.has(write)) reply.raw.write(': still here\n\n');
      };
      const ping = setInterval(() => {
        void mayStay().then((may) => (may ? stay() : end()), end);
      }, pingMilliseconds);
      const end = () => {
        clearInterval(ping);
        readers.delete(write);
        endings.delete(end);
        reply.raw.end();
      };
      readers.set(write, user);
      endings.add(end);
      whenGone(reply, end);
      if (last !== '') write(last);
      if (readers.size === 1) void look();
    },
    close() {
      clearTimeout(timer);
      closing.abort();
      for (const end of endings) end();
    },
  };
}

function refuseTooMany(users: readonly string[], user: string): void {
  const own = users.filter((each) => each === user).length;
  if (own < mostOfUser && users.length < most) return;
  const whose = own < mostOfUser ? 'pages' : `pages of '${user}'`;
  throw new BackupError('conflict', `too many ${whose} listen already`, {
    hint: 'close some; GET /backup/api/runs tells the same to whoever asks again and again',
  });
}

/**
 * One event as the stream has it. What is asked of Temporal is cancelled by the signal: on a connection that was closed
 * meanwhile the client asks again, and what it throws then nobody can catch.
 */
async function lookAtRuns({ temporal }: Pick<World, 'temporal'>, signal: AbortSignal) {
  const runs = await temporal.client
    .withAbortSignal(signal, () => listRuns({ temporal }, { open: true, limit: 50 }))
    .catch((): RunInfo[] | null => null);
  return `event: runs\ndata: ${JSON.stringify({ runs })}\n\n`;
}

function begin(reply: FastifyReply): void {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write('retry: 2000\n\n');
}

/** Writes what is told; who reads too slowly misses what is not the newest by the time he reads on. */
export function newestTo(stream: Writable): (text: string) => void {
  let missed: string | undefined;
  const write = (text: string) => {
    missed = stream.writableNeedDrain ? text : undefined;
    if (missed === undefined && !stream.writableEnded) stream.write(text);
  };
  stream.on('drain', () => {
    if (missed !== undefined) write(missed);
  });
  return write;
}
