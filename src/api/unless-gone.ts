import type { FastifyReply } from 'fastify';
import type { Watch } from '../service/follow-run.ts';

/** Follows a run as long as somebody waits for the answer; who goes away cancels it. */
export function unlessGone({ raw }: FastifyReply): Watch {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return { signal: gone.signal, onStarted: () => undefined, onProgress: () => undefined };
}
