import type { FastifyReply } from 'fastify';
import { BackupError } from '../errors.ts';
import type { Watch } from '../service/follow-run.ts';

/** Calls back when nobody waits for the answer any more, which may have been before. */
export function whenGone({ raw }: FastifyReply, end: () => void): void {
  if (raw.destroyed) end();
  else raw.once('close', end);
}

/** Follows a run as long as somebody waits for the answer; who goes away cancels it. */
export function unlessGone(reply: FastifyReply): Watch {
  const gone = new AbortController();
  whenGone(reply, () => gone.abort(wentAway()));
  return { signal: gone.signal, onStarted: () => undefined, onProgress: () => undefined };
}

export function wentAway(): BackupError {
  return new BackupError('connection_lost', 'who asked went away before he had all of the answer');
}
