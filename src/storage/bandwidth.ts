import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Lets bytes out no faster than so many per second, however many ask at the same time. */
export interface Bandwidth {
  body(bytes: Buffer): Buffer | Readable;
}

const sliceBytes = 64 * 1024;
const shared = new Map<string, Bandwidth>();

/** One limit for everything that this process sends to a destination; null: none. */
export function bandwidthOf(destination: string, bytesPerSecond: number | null): Bandwidth {
  if (bytesPerSecond === null) return { body: (bytes) => bytes };
  const key = `${destination} ${bytesPerSecond}`;
  let found = shared.get(key);
  if (!found) shared.set(key, (found = limited(bytesPerSecond)));
  return found;
}

function limited(bytesPerSecond: number): Bandwidth {
  let freeAt = 0;
  const turn = async (bytes: number) => {
    const now = Date.now();
    const start = Math.max(freeAt, now);
    freeAt = start + (bytes / bytesPerSecond) * 1000;
    if (start > now) await sleep(start - now);
  };
  async function* slices(bytes: Buffer) {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      const slice = bytes.subarray(at, at + sliceBytes);
      await turn(slice.length);
      yield slice;
    }
  }
  return { body: (bytes) => Readable.from(slices(bytes), { objectMode: false }) };
}
