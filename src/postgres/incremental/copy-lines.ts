import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { translatePgError } from '../pg-error.ts';

/**
 * What `COPY (query) TO STDOUT` sends, in pieces of whole lines, each line with its end. Unlike a cursor it may be computed by
 * several processes, and unlike a plain query it is never in memory as a whole. Aborting closes the client.
 */
export async function* copyLines(
  client: pg.Client,
  query: string,
  signal: AbortSignal,
): AsyncGenerator<string, void> {
  const stream = client.query(copyTo(`COPY (${query}) TO STDOUT`));
  const close = (): void => {
    void client.end().catch(() => undefined); // best effort: the connection is given up
    stream.destroy(new Error('aborted'));
  };
  signal.addEventListener('abort', close, { once: true });
  let rest = '';
  try {
    signal.throwIfAborted();
    stream.setEncoding('utf8');
    for await (const chunk of stream) {
      const text = rest + String(chunk);
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      if (end > 0) yield text.slice(0, end);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translatePgError(error, client);
  } finally {
    signal.removeEventListener('abort', close);
  }
}

/** Sends what `COPY (query) TO STDOUT` gives on, piece by piece; the bytes stay as they are. */
export async function copyInto(
  client: pg.Client,
  query: string,
  send: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const stream = client.query(copyTo(`COPY (${query}) TO STDOUT`));
  try {
    for await (const bytes of stream) {
      signal.throwIfAborted();
      await send(bytes as Uint8Array);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translatePgError(error, client);
  }
}
