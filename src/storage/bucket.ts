import type { Readable } from 'node:stream';
import type { DeleteResult, ListedObject, Lock, Versioned } from './storage.ts';

export interface Signalled {
  readonly signal?: AbortSignal | undefined;
}

/** What a server tells of an object. */
export interface BucketObject {
  readonly bytes: number;
  /** Names the very bytes, so that a read that was cut goes on with the same ones. */
  readonly etag: string;
  /** From the metadata that we gave it; undefined: somebody else put it there. */
  readonly sha256: string | undefined;
  /** The server's own checksum of the whole, with its kind: `crc32:…`. */
  readonly checksum: string | undefined;
  readonly versionId: string | undefined;
}

/** An upload in parts that is under way. */
export interface Upload {
  readonly key: string;
  readonly id: string;
}

export interface OpenUpload extends Upload {
  readonly begun: Date;
}

export interface Part {
  readonly number: number;
  readonly bytes: number;
  readonly etag: string;
  /** The kind of `partChecksum`. */
  readonly checksum: string | undefined;
  /** What the server says of its bytes, where it can be put together to that of the whole. */
  readonly crc?: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** What to ask the next page with; undefined: that was all. */
  readonly next: string | undefined;
}

/**
 * What a cloud offers, one request each and never tried again in here. Every call throws our errors, or the signal's
 * reason. Keys are whole, with the destination's prefix.
 */
export interface Bucket {
  put(key: string, body: Buffer, about: { sha256: string } & Signalled): Promise<void>;
  head(key: string, options?: Signalled & Versioned): Promise<BucketObject | undefined>;
  /** From `offset` to the end. Throws `artifact_missing`, also when the etag is another one by now. */
  get(
    key: string,
    options: { offset: number; etag: string | undefined } & Signalled & Versioned,
  ): Promise<{ body: Readable; etag: string }>;
  listPage(prefix: string, after: string | undefined): Promise<Page<ListedObject>>;
  /** The ids of all versions of the object, what hides it included; undefined stands for the only one. */
  versionsPage(key: string, after: string | undefined): Promise<Page<string | undefined>>;
  /** What keeps one version from being deleted; undefined: nothing, or nobody tells us. */
  lock(key: string, versionId: string | undefined): Promise<Lock | undefined>;
  /** One version, for good. Idempotent. */
  delete(key: string, versionId: string | undefined): Promise<DeleteResult>;

  begin(key: string, about: { sha256: string } & Signalled): Promise<Upload>;
  openUploads(prefix: string, after: string | undefined): Promise<Page<OpenUpload>>;
  partsPage(upload: Upload, after: string | undefined): Promise<Page<Part>>;
  send(upload: Upload, number: number, body: Buffer, options: Signalled): Promise<Part>;
  /** False: the server knows no such upload, or not any more. */
  complete(upload: Upload, parts: readonly Part[], options: Signalled): Promise<boolean>;
  /** Idempotent. */
  abort(upload: Upload): Promise<void>;

  /** What the server will say of these bytes as a part. */
  partChecksum(body: Buffer): string;
  /** What the server will say of the whole; undefined: that cannot be told. */
  wholeChecksum(parts: readonly Part[]): string | undefined;
}

/** All items of all pages. */
export async function* allPages<T>(
  page: (after: string | undefined) => Promise<Page<T>>,
): AsyncGenerator<T> {
  let after: string | undefined;
  do {
    const { items, next } = await page(after);
    yield* items;
    after = next;
  } while (after !== undefined);
}

/** Whether two checksums such as `crc32:…` are equal as far as that can be told: of different kinds it cannot. */
export function checksumsAgree(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return true;
  const kind = (checksum: string) => checksum.slice(0, checksum.indexOf(':'));
  return a === b || kind(a) !== kind(b);
}
