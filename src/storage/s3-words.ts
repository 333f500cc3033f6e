import { createHash } from 'node:crypto';
import type { HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { BucketObject, Part, Signalled } from './bucket.ts';
import { combineCrcs, crc32 } from './crc.ts';

/** What the SDK calls a signal. */
export function abortOf({ signal }: Signalled): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

export function described(found: HeadObjectCommandOutput): BucketObject {
  const { ContentLength = 0, ETag = '', ChecksumCRC32, VersionId } = found;
  return {
    bytes: ContentLength,
    etag: ETag,
    sha256: found.Metadata?.['sha256'],
    checksum: ChecksumCRC32 === undefined ? `etag:${ETag}` : `crc32:${ChecksumCRC32}`,
    versionId: VersionId === 'null' ? undefined : VersionId,
  };
}

/** Of parts behind each other, as S3 writes it. */
export function wholeCrc32(parts: readonly Part[]): string {
  const pieces = parts.map(({ bytes, checksum = '' }) => ({
    bytes,
    crc: BigInt(Buffer.from(checksum, 'base64').readUInt32BE()),
  }));
  return base64Crc(combineCrcs(crc32, pieces));
}

export function base64Crc(crc: bigint): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(Number(crc));
  return bytes.toString('base64');
}

export function base64Md5(body: Buffer): string {
  return createHash('md5').update(body).digest('base64');
}
