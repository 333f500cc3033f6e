import type { Readable } from 'node:stream';
import { BackupError } from '../errors.ts';
import { mayPass } from './retry.ts';

export interface OpenedBody {
  readonly body: Readable;
  readonly etag: string;
}

/** While somebody waits for the next bytes of a body, they come within this time or the connection counts as dead. */
const stallMilliseconds = 60_000;

/**
 * The bytes of an object over as many connections as it takes: after a cut or a stall it goes on where it was, with the
 * very same object. It gives up when no byte has come for as long as the patience lasts.
 */
export async function* readPatiently(
  first: OpenedBody,
  reopen: (offset: number, etag: string) => Promise<OpenedBody>,
  options: { signal?: AbortSignal | undefined; patience: number; stall?: number },
): AsyncGenerator<Buffer> {
  const { signal, patience, stall = stallMilliseconds } = options;
  let opened = first;
  let offset = 0;
  let lastByteAt = Date.now();
  for (;;) {
    try {
      for await (const chunk of withinTime(opened.body, stall)) {
        signal?.throwIfAborted();
        offset += chunk.length;
        lastByteAt = Date.now();
        yield chunk;
      }
      return;
    } catch (error) {
      signal?.throwIfAborted();
      const cut = asCut(error);
      if (!mayPass(cut) || Date.now() - lastByteAt > patience) throw cut;
    }
    opened = await reopen(offset, opened.etag);
  }
}

/** So many of the bytes; the connection ends with the last of them. */
export async function* firstBytes(
  chunks: AsyncIterable<Buffer>,
  count: number,
): AsyncGenerator<Buffer> {
  let left = count;
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}

/** The clock runs only while we wait for the server: a slow reader is no stall. */
async function* withinTime(body: Readable, milliseconds: number): AsyncGenerator<Buffer> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  try {
    for (;;) {
      const timer = setTimeout(
        () => body.destroy(new Error(`no byte came for ${milliseconds / 1000} s`)),
        milliseconds,
      );
      const next = await chunks.next().finally(() => clearTimeout(timer));
      if (next.done) return;
      yield next.value;
    }
  } finally {
    body.destroy();
  }
}

// Whatever a body ends with but its end is a connection that went away.
function asCut(error: unknown): unknown {
  if (error instanceof BackupError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new BackupError('storage_unreachable', `the connection was cut: ${message}`, {
    hint: 'it is tried again',
    cause: error,
  });
}
