import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { BackupError } from '../errors.ts';
import { hasCode } from '../system/files.ts';
import { allPages, checksumsAgree } from './bucket.ts';
import type { Bucket, BucketObject, Signalled } from './bucket.ts';
import { checkKey } from './key.ts';
import { writeWhole } from './local-file.ts';
import { putInParts, type PartLimits } from './multipart.ts';
import { firstBytes, readPatiently } from './reading.ts';
import { mayPass, retrying } from './retry.ts';
import type {
  ByteRange,
  CheckResult,
  DeleteResult,
  FetchOptions,
  ListedObject,
  Lock,
  Versioned,
} from './storage.ts';
import { longerLock, type PutOptions, type Storage, type StoredObject } from './storage.ts';

export interface CloudOptions {
  readonly name: string;
  readonly kind: 's3' | 'oss';
  /** Name of the bucket, for people. */
  readonly bucketName: string;
  /** Stands before every key; empty, or names with '/' between them. */
  readonly prefix: string;
  readonly limits: PartLimits;
  /** Called at the first request: the SDKs take their time to load. */
  readonly open: () => Promise<Bucket>;
}

/** A destination that is a bucket, whatever cloud it is in: one request after the other, patiently. */
export function createCloudStorage(options: CloudOptions): Storage {
  const { name, kind } = options;
  const cloud = new Cloud(options);
  return {
    name,
    kind,
    uri: (key) => cloud.uri(key),
    put: (localFile, key, putOptions) => cloud.put(localFile, key, putOptions),
    putText: (key, content) => cloud.putBytes(key, Buffer.from(content), {}),
    head: async (key) => cloud.stored(key, await cloud.head(key)),
    read: (key, range, version) => cloud.read(key, { range, ...version }),
    readText: async (key) => text(await cloud.read(key, {})),
    fetch: (key, localFile, fetchOptions = {}) => cloud.fetch(key, localFile, fetchOptions),
    list: (prefix) => cloud.list(prefix),
    lock: (key) => cloud.lock(key),
    delete: (key, version = {}) => cloud.delete(key, version),
    check: (key, sha256, fetchOptions = {}) => cloud.check(key, sha256, fetchOptions),
    async glance(key, expected) {
      const found = await cloud.head(key, expected);
      if (!found) return 'missing';
      return isSame(found, expected) ? 'good' : 'damaged';
    },
    discardUnfinished: (prefix, before) => cloud.discardUnfinished(prefix, before),
  };
}

class Cloud {
  readonly #options: CloudOptions;
  #bucket: Promise<Bucket> | undefined;

  constructor(options: CloudOptions) {
    this.#options = options;
  }

  uri(key: string): string {
    return `${this.#options.kind}://${this.#options.bucketName}/${this.at(key)}`;
  }

  /** Our key as the bucket knows it. */
  at(key: string): string {
    checkKey(key);
    return `${this.#prefix}${key}`;
  }

  async ask<T>(call: (bucket: Bucket) => Promise<T>, { signal }: Signalled = {}): Promise<T> {
    const { open, limits } = this.#options;
    const bucket = await (this.#bucket ??= open());
    return retrying(() => call(bucket), { signal, patience: limits.patience });
  }

  async put(localFile: string, key: string, options: PutOptions): Promise<StoredObject> {
    options.signal?.throwIfAborted();
    const there = options.replace ? undefined : await this.head(key, options);
    if (!(there && isSame(there, options))) await this.#send(localFile, key, options);
    options.onBytes?.(options.bytes);
    if (options.consume) await rm(localFile, { force: true });
    return this.#requireStored(key, options);
  }

  async #send(localFile: string, key: string, options: PutOptions): Promise<void> {
    await requireSize(localFile, options.bytes);
    const { limits } = this.#options;
    if (options.bytes <= limits.partBytes) {
      const body = await readFile(localFile);
      requireSha256(localFile, options.sha256, sha256(body));
      await this.putBytes(key, body, options);
      return;
    }
    const at = this.at(key);
    await this.ask(
      (bucket) => putInParts({ bucket, localFile, key: at, options, limits }),
      options,
    );
  }

  async putBytes(key: string, body: Buffer, { signal }: Signalled): Promise<StoredObject> {
    const at = this.at(key);
    const about = { sha256: sha256(body), signal };
    await this.ask((bucket) => bucket.put(at, body, about), { signal });
    return this.#requireStored(key, { signal });
  }

  async head(
    key: string,
    { signal, versionId: named }: Signalled & Versioned = {},
  ): Promise<BucketObject | undefined> {
    const at = this.at(key);
    return orNewest(named, (versionId) =>
      this.ask((bucket) => bucket.head(at, { signal, versionId }), { signal }),
    );
  }

  async #requireStored(key: string, options: Signalled): Promise<StoredObject> {
    const stored = this.stored(key, await this.head(key, options));
    if (stored) return stored;
    throw new BackupError('artifact_missing', `'${this.uri(key)}' was stored and is not there`, {
      hint: 'does a rule of the bucket delete objects, or another program?',
    });
  }

  stored(key: string, found: BucketObject | undefined): StoredObject | undefined {
    if (!found) return undefined;
    const { bytes, checksum, versionId } = found;
    return {
      ...{ key, bytes, uri: this.uri(key) },
      ...(checksum === undefined ? {} : { checksum }),
      ...(versionId === undefined ? {} : { versionId }),
    };
  }

  /** Fails before the first byte when the object is not there; goes on by itself when the connection is cut. */
  async read(
    key: string,
    options: Signalled & Versioned & { range?: ByteRange | undefined },
  ): Promise<Readable> {
    const { signal, range } = options;
    const at = this.at(key);
    const from = range?.start ?? 0;
    let opened: string | undefined;
    const open = (offset: number, etag: string | undefined) => {
      const part = { offset: from + offset, etag, signal, versionId: opened };
      return this.ask((bucket) => bucket.get(at, part), { signal });
    };
    const first = await orNewest(options.versionId, (versionId) => {
      opened = versionId;
      return open(0, undefined);
    });
    const { patience } = this.#options.limits;
    const bytes = readPatiently(first, open, { signal, patience });
    const wanted = range ? firstBytes(bytes, range.end - from + 1) : bytes;
    return Readable.from(wanted, { objectMode: false });
  }

  async fetch(key: string, localFile: string, options: FetchOptions): Promise<void> {
    const { signal, onBytes, versionId } = options;
    const body = await this.read(key, { signal, versionId });
    await writeWhole(localFile, (part) =>
      pipeline(
        body,
        counting(onBytes),
        createWriteStream(part, { mode: 0o600 }),
        signal ? { signal } : {},
      ),
    );
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    const all = allPages((after) =>
      this.ask((bucket) => bucket.listPage(`${this.#prefix}${prefix}`, after)),
    );
    for await (const { key, ...about } of all) {
      yield { key: key.slice(this.#prefix.length), ...about };
    }
  }

  async lock(key: string): Promise<Lock | undefined> {
    return this.#longestLock(key, await this.#versions(key));
  }

  /** By the ids of its versions: without them, a bucket that keeps versions would only hide the object. */
  async delete(key: string, { versionId }: Versioned): Promise<DeleteResult> {
    const versions = await this.#versions(key);
    const lock = await this.#longestLock(key, versions);
    if (lock) return { state: 'locked', ...lock };
    const ours = versions.filter((version) => version === versionId);
    for (const version of [...ours, ...versions.filter((other) => other !== versionId)]) {
      const result = await this.ask((bucket) => bucket.delete(this.at(key), version));
      if (result.state === 'locked') return result;
    }
    return { state: 'deleted' };
  }

  async #versions(key: string): Promise<(string | undefined)[]> {
    const at = this.at(key);
    const found: (string | undefined)[] = [];
    const all = allPages((after) => this.ask((bucket) => bucket.versionsPage(at, after)));
    for await (const version of all) found.push(version);
    return found;
  }

  async #longestLock(
    key: string,
    versions: readonly (string | undefined)[],
  ): Promise<Lock | undefined> {
    let longest: Lock | undefined;
    for (const version of versions) {
      const lock = await this.ask((bucket) => bucket.lock(this.at(key), version));
      longest = longerLock(longest, lock);
    }
    return longest;
  }

  async check(key: string, expected: string, options: FetchOptions): Promise<CheckResult> {
    const hash = createHash('sha256');
    let bytes = 0;
    try {
      for await (const chunk of await this.read(key, options)) {
        hash.update(chunk as Buffer);
        options.onBytes?.((bytes += (chunk as Buffer).length));
      }
    } catch (error) {
      if (error instanceof BackupError && error.code === 'artifact_missing') return 'missing';
      throw error;
    }
    return hash.digest('hex') === expected ? 'good' : 'damaged';
  }

  async discardUnfinished(prefix: string, before: Date): Promise<number> {
    let discarded = 0;
    const all = allPages((after) =>
      this.ask((bucket) => bucket.openUploads(`${this.#prefix}${prefix}`, after)),
    );
    for await (const upload of all) {
      if (upload.begun >= before) continue;
      await this.ask((bucket) => bucket.abort(upload));
      discarded += 1;
    }
    return discarded;
  }

  get #prefix(): string {
    const { prefix } = this.#options;
    return prefix === '' ? '' : `${prefix}/`;
  }
}

/**
 * What is asked of a version, of the newest one where that is not to be had: a bucket that was moved gives other ids, and
 * a key may have no right to name them. What is read is held against its checksum either way.
 */
async function orNewest<T>(
  named: string | undefined,
  ask: (versionId: string | undefined) => Promise<T>,
): Promise<T> {
  if (named === undefined) return ask(undefined);
  try {
    return (await ask(named)) ?? (await ask(undefined));
  } catch (error) {
    if (mayPass(error)) throw error;
    return ask(undefined);
  }
}

function counting(onBytes: FetchOptions['onBytes']) {
  let bytes = 0;
  return async function* count(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      yield chunk;
      onBytes?.((bytes += chunk.length));
    }
  };
}

/** By what can be told without reading it: size, the sha256 that we gave it, and the server's own checksum. */
function isSame(
  found: BucketObject,
  expected: { bytes: number; sha256: string; checksum?: string | undefined },
): boolean {
  const { bytes, sha256: sum, checksum } = expected;
  return found.bytes === bytes && found.sha256 === sum && checksumsAgree(found.checksum, checksum);
}

async function requireSize(localFile: string, bytes: number): Promise<void> {
  const found = await stat(localFile).catch((error: unknown) => {
    if (!hasCode(error, 'ENOENT')) throw error;
    throw new BackupError('artifact_missing', `'${localFile}' is not there`);
  });
  if (found.size === bytes) return;
  throw corrupted(localFile, `${bytes} bytes`, `${found.size}`);
}

function requireSha256(localFile: string, expected: string, got: string): void {
  if (got !== expected) throw corrupted(localFile, `sha256 ${expected}`, got);
}

function sha256(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}

function corrupted(localFile: string, expected: string, got: string): BackupError {
  return new BackupError(
    'artifact_corrupted',
    `'${localFile}' should have ${expected}, has ${got}`,
    {
      hint: 'check the disk and its controller; nothing was sent',
    },
  );
}
