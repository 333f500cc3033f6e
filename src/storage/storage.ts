import type { Readable } from 'node:stream';

/** What lies under one key. */
export interface StoredObject {
  readonly key: string;
  readonly uri: string;
  readonly bytes: number;
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
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

export type CheckResult = 'good' | 'missing' | 'damaged';

/** `locked`: a lock of the destination keeps the object; null: until when is not known. */
export type DeleteResult =
  { readonly state: 'deleted' } | { readonly state: 'locked'; readonly until: Date | null };

/**
 * A place that stores artifacts. Keys are relative paths of plain names, `<database>/<file>`; the same key means the
 * same object in every implementation. `test/contract/storage.ts` holds each implementation to these promises.
 */
export interface Storage {
  /** The destination's name in the settings, in copies and in messages. */
  readonly name: string;
  readonly kind: 'local' | 's3' | 'oss';

  /** Where a person finds the object: a path, or an `s3://` address. Asks nobody. */
  uri(key: string): string;

  /**
   * Stores a local file. Atomic: the object is seen whole or not at all, also after a crash, and is durable when this
   * returns. Idempotent: a retry replaces what is there. A put that failed or was aborted leaves nothing under the key.
   * Throws `artifact_corrupted` when other bytes arrive than `sha256` says, `disk_full`, `directory_not_writable`.
   */
  put(localFile: string, key: string, options: PutOptions): Promise<StoredObject>;

  /** Stores a small text, with the promises of `put`. */
  putText(key: string, text: string): Promise<StoredObject>;

  /** undefined: there is no such object. */
  head(key: string): Promise<StoredObject | undefined>;

  /** The object's bytes. Throws `artifact_missing`. */
  read(key: string): Promise<Readable>;

  /** Throws `artifact_missing`. */
  readText(key: string): Promise<string>;

  /** Writes the object to a local file, which appears whole or not at all. Throws `artifact_missing`. */
  fetch(key: string, localFile: string, options?: FetchOptions): Promise<void>;

  /** All objects whose key begins with the prefix, in the order of their keys; what is still being put is not listed. */
  list(prefix: string): AsyncIterable<ListedObject>;

  /**
   * Deletes the object, every version of it where the destination keeps several; durable when this returns. Idempotent:
   * a missing object is `deleted`. Throws when it is refused for another reason than a lock.
   */
  delete(key: string): Promise<DeleteResult>;

  /** Reads all of the object and holds it against its sha256. Throws only when it cannot tell. */
  check(key: string, sha256: string, options?: FetchOptions): Promise<CheckResult>;
}
