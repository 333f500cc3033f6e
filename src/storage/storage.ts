import type { Readable } from 'node:stream';

/** What lies under one key. */
export interface StoredObject {
  readonly key: string;
  readonly uri: string;
  readonly bytes: number;
  /** What the server itself says of the bytes: the same as long as they are. Clouds only. */
  readonly checksum?: string;
  /** In a bucket that keeps versions: only by it can an object really be deleted. */
  readonly versionId?: string;
}

export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modified: Date;
}

export interface PutOptions {
  /** Of the file, as lower-case hex: what arrives is held against it. */
  readonly sha256: string;
  readonly bytes: number;
  readonly signal?: AbortSignal;
  /** How many bytes have arrived so far. */
  readonly onBytes?: (bytes: number) => void;
  /** The local file is not needed any more: it may be moved instead of copied, and is gone afterwards. */
  readonly consume?: boolean;
  /** What lies there is damaged: it is replaced even if the server takes it for the same. */
  readonly replace?: boolean;
}

/** Bytes of an object, the last one included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Which version is read, where a destination keeps several; without it, or where it is gone, the newest one is. */
export interface Versioned {
  readonly versionId?: string | undefined;
}

export interface FetchOptions extends Versioned {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/** What was stored: what is there now is held against it. */
export interface ExpectedObject extends Versioned {
  readonly bytes: number;
  readonly sha256: string;
  readonly checksum?: string;
}

export type CheckResult = 'good' | 'missing' | 'damaged';

/** Of the destination, which deletes nothing before its end for anybody; null: until when is not known. */
export interface Lock {
  readonly until: Date | null;
}

/** Of two locks the one that ends later; one whose end is not known is the longest. */
export function longerLock(a: Lock | undefined, b: Lock | undefined): Lock | undefined {
  if (!a || !b) return a ?? b;
  if (a.until === null || b.until === null) return { until: null };
  return a.until > b.until ? a : b;
}

/** `locked`: a lock of the destination keeps the object. */
export type DeleteResult = { readonly state: 'deleted' } | ({ readonly state: 'locked' } & Lock);

/**
 * A place that stores artifacts. Keys are relative paths of plain names, `<database>/<file>`; the same key means the
 * same object in every implementation. `test/contract/storage.ts` holds each implementation to these promises.
 *
 * Clouds throw `storage_unreachable` and `storage_busy` after they have tried for a while, and at once what trying again
 * does not mend: `storage_refused`, `bucket_missing`, `storage_full`, `clock_skew`.
 */
export interface Storage {
  /** The destination's name in the settings, in copies and in messages. */
  readonly name: string;
  readonly kind: 'local' | 's3' | 'oss';

  /** Where a person finds the object: a path, or an `s3://` address. Asks nobody. */
  uri(key: string): string;

  /**
   * Stores a local file. Atomic: the object is seen whole or not at all, also after a crash, and is durable when this
   * returns. Idempotent: a retry replaces what is there, or finds that it is the same. A put that failed or was aborted
   * leaves nothing under the key; what a killed or aborted one has already sent is not sent again.
   * Throws `artifact_corrupted` when other bytes arrive than `sha256` says, `disk_full`, `directory_not_writable`.
   */
  put(localFile: string, key: string, options: PutOptions): Promise<StoredObject>;

  /** Stores a small text, with the promises of `put`. */
  putText(key: string, text: string): Promise<StoredObject>;

  /** undefined: there is no such object. */
  head(key: string): Promise<StoredObject | undefined>;

  /** The object's bytes, or those of a range that lies within it. Throws `artifact_missing`. */
  read(key: string, range?: ByteRange, version?: Versioned): Promise<Readable>;

  /** Throws `artifact_missing`. */
  readText(key: string): Promise<string>;

  /** Writes the object to a local file, which appears whole or not at all. Throws `artifact_missing`. */
  fetch(key: string, localFile: string, options?: FetchOptions): Promise<void>;

  /** All objects whose key begins with the prefix, in the order of their keys; what is still being put is not listed. */
  list(prefix: string): AsyncIterable<ListedObject>;

  /** The lock that keeps the object, or any version of it, for longest; undefined: none that could be read. */
  lock(key: string): Promise<Lock | undefined>;

  /**
   * Deletes the object, every version of it where the destination keeps several, the named one first; durable when this
   * returns. Where a lock keeps one of them, nothing is deleted. Idempotent: a missing object is `deleted`. Throws when it
   * is refused for another reason than a lock.
   */
  delete(key: string, version?: Versioned): Promise<DeleteResult>;

  /** Reads all of the object and holds it against its sha256. Throws only when it cannot tell. */
  check(key: string, sha256: string, options?: FetchOptions): Promise<CheckResult>;

  /** The same without reading it: by size, and by what a server itself keeps of its bytes. */
  glance(key: string, expected: ExpectedObject): Promise<CheckResult>;

  /** Removes what puts that began before then have sent and never finished; gives how many. */
  discardUnfinished(prefix: string, before: Date): Promise<number>;
}
