import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { BackupError } from '../errors.ts';
import {
  allPages,
  checksumsAgree,
  type Bucket,
  type OpenUpload,
  type Part,
  type Upload,
} from './bucket.ts';
import { mayPass, retrying } from './retry.ts';
import type { PutOptions } from './storage.ts';

export interface PartLimits {
  /** Of one part, unless the file is so large that it would have too many. */
  readonly partBytes: number;
  /** 10,000 at S3 and OSS; some providers allow 1,000. */
  readonly maxParts: number;
  /** Sent at the same time: so many parts are in memory at most. */
  readonly parallelParts: number;
  readonly patience: number;
}

export interface PartedUpload {
  readonly bucket: Bucket;
  readonly localFile: string;
  readonly key: string;
  readonly options: PutOptions;
  readonly limits: PartLimits;
}

/**
 * Sends a file in parts. What an earlier attempt has sent stays where it is: the server is asked which parts it has, and
 * a part whose checksum is that of our bytes is not sent again. The object appears when all are there. Throws
 * `artifact_corrupted` when the file is not what `sha256` says; an upload that cannot be finished is aborted, one that
 * may be finished by another attempt is left open.
 */
export async function putInParts(work: PartedUpload): Promise<void> {
  const { bucket, options, limits } = work;
  const { signal } = options;
  const again = <T>(call: () => Promise<T>) =>
    retrying(call, { signal, patience: limits.patience });
  const { upload, there } = await resumeOrBegin(work, again);
  try {
    const parts = await sendAll(work, upload, there);
    await again(() => bucket.complete(upload, parts, { signal }));
    await requireWhole(work, parts, again);
  } catch (error) {
    // Best effort: what cannot be aborted now, the clean-up finds. The first error is the one that matters.
    if (isHopeless(error)) await bucket.abort(upload).catch(() => undefined);
    throw error;
  }
}

/** The size of each part: the wanted one, or in whole MiB what keeps the number of parts within the limit. */
export function partBytesFor(fileBytes: number, { partBytes, maxParts }: PartLimits): number {
  const mebibyte = 1024 ** 2;
  const least = Math.ceil(fileBytes / maxParts / mebibyte) * mebibyte;
  return Math.max(partBytes, least);
}

type Again = <T>(call: () => Promise<T>) => Promise<T>;

interface Begun {
  readonly upload: Upload;
  readonly there: ReadonlyMap<number, Part>;
}

/** The newest open upload of this key that has parts, else a new one. The others are of attempts long dead. */
async function resumeOrBegin({ bucket, key, options }: PartedUpload, again: Again): Promise<Begun> {
  const { signal, sha256, replace = false } = options;
  const open = await again(() => openUploadsOf(bucket, key));
  let found: Begun | undefined;
  for (const upload of open) {
    const parts = found || replace ? [] : await again(() => partsOf(bucket, upload));
    if (parts.length > 0) {
      found = { upload, there: new Map(parts.map((part) => [part.number, part])) };
    } else await again(() => bucket.abort(upload));
  }
  if (found) return found;
  return { upload: await again(() => bucket.begin(key, { sha256, signal })), there: new Map() };
}

async function openUploadsOf(bucket: Bucket, key: string): Promise<OpenUpload[]> {
  const uploads: OpenUpload[] = [];
  for await (const upload of allPages((after) => bucket.openUploads(key, after))) {
    if (upload.key === key) uploads.push(upload);
  }
  return uploads.sort((a, b) => b.begun.getTime() - a.begun.getTime());
}

async function partsOf(bucket: Bucket, upload: Upload): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const part of allPages((after) => bucket.partsPage(upload, after))) parts.push(part);
  return parts;
}

/** Reads the file once from its beginning, so that its sha256 is known at the end, and sends what is not there. */
async function sendAll(
  work: PartedUpload,
  upload: Upload,
  there: ReadonlyMap<number, Part>,
): Promise<Part[]> {
  const { localFile, options, limits } = work;
  const sender = createSender(work, upload);
  const hash = createHash('sha256');
  const partBytes = partBytesFor(options.bytes, limits);
  const file = await open(localFile);
  try {
    for (let number = 1, at = 0; at < options.bytes; number++, at += partBytes) {
      const buffer = await sender.takeBuffer();
      const body = await fill(file, buffer.subarray(0, Math.min(partBytes, options.bytes - at)));
      hash.update(body);
      sender.send(number, body, buffer, there.get(number));
    }
    const parts = await sender.finish();
    requireSha256(localFile, options.sha256, hash.digest('hex'));
    return parts;
  } finally {
    await sender.stop();
    await file.close();
  }
}

/** Keeps so many parts under way, each with a buffer of its own that is used again and again. */
function createSender({ bucket, options, limits }: PartedUpload, upload: Upload) {
  const failure = new AbortController();
  const signal = options.signal
    ? AbortSignal.any([options.signal, failure.signal])
    : failure.signal;
  const partBytes = partBytesFor(options.bytes, limits);
  const count = Math.min(limits.parallelParts, Math.ceil(options.bytes / partBytes));
  const free = Array.from({ length: count }, () => Buffer.allocUnsafeSlow(partBytes));
  const underWay = new Set<Promise<void>>();
  const parts: Part[] = [];
  let arrived = 0;

  const sendOne = async (number: number, body: Buffer, known: Part | undefined) => {
    const part = isSame(bucket, body, known)
      ? known
      : await retrying(() => bucket.send(upload, number, body, { signal }), {
          signal,
          patience: limits.patience,
        });
    parts.push(part);
    options.onBytes?.((arrived += body.length));
  };
  return {
    async takeBuffer(): Promise<Buffer<ArrayBuffer>> {
      while (free.length === 0) await Promise.race(underWay);
      signal.throwIfAborted();
      return free.pop() as Buffer<ArrayBuffer>;
    },
    send(number: number, body: Buffer, buffer: Buffer<ArrayBuffer>, known: Part | undefined): void {
      const sending: Promise<void> = sendOne(number, body, known)
        .catch((error: unknown) => failure.abort(error))
        .finally(() => {
          underWay.delete(sending);
          free.push(buffer);
        });
      underWay.add(sending);
    },
    async finish(): Promise<Part[]> {
      await Promise.all(underWay);
      signal.throwIfAborted();
      return parts.sort((a, b) => a.number - b.number);
    },
    /** No part is under way any more when this returns. */
    async stop(): Promise<void> {
      failure.abort();
      await Promise.all(underWay);
    },
  };
}

function isSame(bucket: Bucket, body: Buffer, known: Part | undefined): known is Part {
  return known?.bytes === body.length && known.checksum === bucket.partChecksum(body);
}

async function fill(file: FileHandle, body: Buffer<ArrayBuffer>): Promise<Buffer> {
  for (let at = 0; at < body.length;) {
    const { bytesRead } = await file.read(body, at, body.length - at);
    if (bytesRead === 0) throw corrupted('the file became shorter while it was sent');
    at += bytesRead;
  }
  return body;
}

function requireSha256(localFile: string, expected: string, got: string): void {
  if (got === expected) return;
  throw corrupted(`'${localFile}' should have sha256 ${expected}, has ${got}`);
}

/** Size and checksum of the whole as the server has it; an upload that it did not know any more may have been completed before. */
async function requireWhole(
  { bucket, key, options }: PartedUpload,
  parts: readonly Part[],
  again: Again,
): Promise<void> {
  const { bytes, sha256, signal } = options;
  const found = await again(() => bucket.head(key, { signal }));
  const expected = bucket.wholeChecksum(parts);
  const isWhole =
    found?.bytes === bytes && found.sha256 === sha256 && checksumsAgree(found.checksum, expected);
  if (isWhole) return;
  const got = found
    ? `${found.bytes} bytes, ${found.checksum ?? 'no checksum'}, sha256 ${found.sha256 ?? 'unknown'}`
    : 'nothing';
  // What an attempt at other bytes left open under this key was finished instead of ours.
  if (found) await again(() => bucket.delete(key, found.versionId));
  throw new BackupError(
    'storage_unreachable',
    `the upload of '${key}' should have given ${bytes} bytes, ${expected ?? 'any checksum'}, sha256 ${sha256}; there is ${got}`,
    { hint: 'it is sent again' },
  );
}

function isHopeless(error: unknown): boolean {
  return error instanceof BackupError && !mayPass(error);
}

function corrupted(message: string): BackupError {
  return new BackupError('artifact_corrupted', message, {
    hint: 'check the disk and its controller; what was sent is not kept',
  });
}
