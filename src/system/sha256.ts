import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

const chunkBytes = 1 << 20;

export interface Sha256Options {
  readonly signal?: AbortSignal | undefined;
  /** Bytes read so far. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * The sha256 of a file as lower-case hex. In our own process, because Node's OpenSSL uses the processor's instructions for it
 * and is three times as fast as `sha256sum`. Throws the signal's reason when aborted.
 */
export async function sha256Of(file: string, options: Sha256Options = {}): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes); // one for all: a stream's many would keep the garbage collector busy
  const handle = await open(file, 'r');
  try {
    let bytes = 0;
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
      options.onBytes?.((bytes += bytesRead));
    }
  } finally {
    await handle.close();
  }
}
