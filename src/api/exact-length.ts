import { pipeline, Transform, type Readable } from 'node:stream';
import { BackupError } from '../errors.ts';

/**
 * The same bytes, failing where they are more or fewer than was announced: else who reads them waits for the rest until
 * his connection is cut off.
 */
export function exactly(bytes: number, content: Readable): Readable {
  let left = bytes;
  const check = new Transform({
    transform(chunk: Buffer, _, done) {
      left -= chunk.length;
      done(left < 0 ? otherLength(bytes) : null, chunk);
    },
    flush: (done) => done(left > 0 ? otherLength(bytes) : null),
  });
  return pipeline(content, check, () => undefined); // its failure is told by the stream itself
}

function otherLength(bytes: number): BackupError {
  return new BackupError('artifact_corrupted', `what is stored has not ${bytes} bytes`, {
    hint: `'pma-backup check' reads all copies back`,
  });
}
