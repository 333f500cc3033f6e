import type { Readable } from 'node:stream';
import { crc32 as crc32Of } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CreateMultipartUploadCommandInput,
  type Part as S3Part,
  type S3Client,
} from '@aws-sdk/client-s3';
import { bandwidthOf } from './bandwidth.ts';
import type { Bucket, BucketObject, Part, Signalled, Upload } from './bucket.ts';
import { abortOf, base64Crc, base64Md5, described, wholeCrc32 } from './s3-words.ts';
import { createS3Client, type S3Options } from './s3-client.ts';
import type { DeleteResult, Lock, Versioned } from './storage.ts';
import { mayPass } from './retry.ts';
import { isClockCorrected, isMissing, isMissingUpload, knowsNot, s3Error } from './s3-error.ts';

interface S3Version {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId: string | undefined;
}

/** A bucket of S3, or of anything that speaks its language. */
export function createS3Bucket(options: S3Options): Bucket {
  return new S3Bucket(options);
}

class S3Bucket implements Bucket {
  readonly #options: S3Options;
  readonly #client: S3Client;
  readonly #reader: S3Client;

  constructor(options: S3Options) {
    this.#options = options;
    this.#client = createS3Client(options, 'sending');
    this.#reader = createS3Client(options, 'reading');
  }

  async put(key: string, body: Buffer, about: { sha256: string } & Signalled): Promise<void> {
    const input = { ...this.#at(key), ...this.#stored(about.sha256) };
    await this.#send(about, (abort) =>
      this.#client.send(new PutObjectCommand({ ...input, ...this.#body(body) }), abort),
    );
  }

  async head(key: string, options: Signalled & Versioned = {}): Promise<BucketObject | undefined> {
    const at = { ...this.#at(key), VersionId: options.versionId };
    const input = { ...at, ChecksumMode: 'ENABLED' as const };
    const found = await this.#unlessMissing(
      this.#send(options, async (abort) => {
        try {
          return await this.#client.send(new HeadObjectCommand(input), abort);
        } catch (error) {
          // The answer to a HEAD has no body that would say what is wrong.
          if (!isMissing(error)) await this.#ask(at, abort);
          throw error;
        }
      }),
    );
    return found && described(found);
  }

  async #ask(at: S3Version, abort: { abortSignal?: AbortSignal }): Promise<void> {
    const input = { ...at, Range: 'bytes=0-0' };
    const { Body } = await this.#client.send(new GetObjectCommand(input), abort);
    (Body as Readable).destroy();
  }

  async get(
    key: string,
    options: { offset: number; etag: string | undefined } & Signalled & Versioned,
  ) {
    const { offset, etag, versionId } = options;
    const input = {
      ...{ ...this.#at(key), VersionId: versionId },
      ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
      ...(etag === undefined ? {} : { IfMatch: etag }),
    };
    const { Body, ETag = '' } = await this.#send(options, (abort) =>
      this.#reader.send(new GetObjectCommand(input), abort),
    );
    return { body: Body as Readable, etag: ETag };
  }

  async listPage(prefix: string, after: string | undefined) {
    const input = { ...this.#bucket, Prefix: prefix, ContinuationToken: after };
    const page = await this.#send({}, () => this.#client.send(new ListObjectsV2Command(input)));
    const items = (page.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
      ...{ key: Key, bytes: Size },
      modified: LastModified ?? new Date(0),
    }));
    return { items, next: page.NextContinuationToken };
  }

  async versionsPage(key: string, after: string | undefined) {
    const [KeyMarker, VersionIdMarker] = after === undefined ? [] : after.split('\n');
    const input = { ...this.#bucket, Prefix: key, KeyMarker, VersionIdMarker };
    const page = await this.#send({}, async (abort) => {
      try {
        return await this.#client.send(new ListObjectVersionsCommand(input), abort);
      } catch (error) {
        if (knowsNot(error)) return undefined;
        throw error;
      }
    });
    if (!page) return { items: [undefined], next: undefined };
    const items = [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]
      .filter(({ Key }) => Key === key)
      .map(({ VersionId }) => VersionId);
    const next = `${page.NextKeyMarker ?? ''}\n${page.NextVersionIdMarker ?? ''}`;
    return { items, next: page.IsTruncated ? next : undefined };
  }

  async lock(key: string, versionId: string | undefined): Promise<Lock | undefined> {
    const input = { ...this.#at(key), VersionId: versionId };
    // A deletion that hides the object has no lock and answers with an error.
    const found = await this.#ifTold(() => this.#client.send(new HeadObjectCommand(input)));
    if (!found) return undefined;
    if (found.ObjectLockLegalHoldStatus === 'ON') return { until: null };
    const until = found.ObjectLockRetainUntilDate ?? (await this.#retainUntil(input));
    return until && until > new Date() ? { until } : undefined;
  }

  /** Of a version below the newest one, which some servers tell only who asks for nothing else. */
  async #retainUntil(input: S3Version): Promise<Date | undefined> {
    if (input.VersionId === undefined || input.VersionId === 'null') return undefined;
    const ask = () => this.#client.send(new GetObjectRetentionCommand(input));
    return (await this.#ifTold(ask))?.Retention?.RetainUntilDate;
  }

  /** Nothing where it is not told; a server that is busy or away for a moment has not said so. */
  async #ifTold<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#send({}, request);
    } catch (error) {
      if (mayPass(error) && !knowsNot(error)) throw error;
      return undefined;
    }
  }

  async delete(key: string, versionId: string | undefined): Promise<DeleteResult> {
    const input = { ...this.#at(key), VersionId: versionId };
    try {
      await this.#unlessMissing(
        this.#send({}, () => this.#client.send(new DeleteObjectCommand(input))),
      );
    } catch (error) {
      const lock = await this.lock(key, versionId);
      if (lock) return { state: 'locked', ...lock };
      throw error;
    }
    return { state: 'deleted' };
  }

  async begin(key: string, about: { sha256: string } & Signalled): Promise<Upload> {
    const input: CreateMultipartUploadCommandInput = {
      ...this.#at(key),
      ...this.#stored(about.sha256),
      ...(this.#options.checksums === 'crc32'
        ? { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' }
        : {}),
    };
    const { UploadId = '' } = await this.#send(about, (abort) =>
      this.#client.send(new CreateMultipartUploadCommand(input), abort),
    );
    return { key, id: UploadId };
  }

  async openUploads(prefix: string, after: string | undefined) {
    const [KeyMarker, UploadIdMarker] = after === undefined ? [] : after.split('\n');
    const input = { ...this.#bucket, Prefix: prefix, KeyMarker, UploadIdMarker };
    const page = await this.#send({}, () =>
      this.#client.send(new ListMultipartUploadsCommand(input)),
    );
    const items = (page.Uploads ?? []).map(({ Key = '', UploadId = '', Initiated }) => ({
      ...{ key: Key, id: UploadId },
      begun: Initiated ?? new Date(0),
    }));
    const next = `${page.NextKeyMarker ?? ''}\n${page.NextUploadIdMarker ?? ''}`;
    return { items, next: page.IsTruncated ? next : undefined };
  }

  async partsPage(upload: Upload, after: string | undefined) {
    const input = { ...this.#of(upload), PartNumberMarker: after };
    const page = await this.#send({}, () => this.#client.send(new ListPartsCommand(input)));
    const items = (page.Parts ?? []).map((part) => this.#listed(part));
    return { items, next: page.IsTruncated ? page.NextPartNumberMarker : undefined };
  }

  async send(upload: Upload, number: number, body: Buffer, options: Signalled): Promise<Part> {
    const input = { ...this.#of(upload), PartNumber: number };
    const { ETag = '' } = await this.#send(options, (abort) =>
      this.#client.send(new UploadPartCommand({ ...input, ...this.#body(body) }), abort),
    );
    return { number, bytes: body.length, etag: ETag, checksum: this.partChecksum(body) };
  }

  async complete(upload: Upload, parts: readonly Part[], options: Signalled): Promise<boolean> {
    const isCrc = this.#options.checksums === 'crc32';
    const input = {
      ...this.#of(upload),
      MultipartUpload: {
        Parts: parts.map(({ number, etag, checksum }) => ({
          ...{ PartNumber: number, ETag: etag },
          ...(isCrc ? { ChecksumCRC32: checksum } : {}),
        })),
      },
      ...(isCrc ? { ChecksumCRC32: wholeCrc32(parts), ChecksumType: 'FULL_OBJECT' as const } : {}),
    };
    try {
      await this.#client.send(new CompleteMultipartUploadCommand(input), abortOf(options));
      return true;
    } catch (error) {
      if (isMissingUpload(error)) return false;
      throw s3Error(error, this.#options, options.signal);
    }
  }

  async abort(upload: Upload): Promise<void> {
    const input = this.#of(upload);
    await this.#unlessMissing(
      this.#send({}, () => this.#client.send(new AbortMultipartUploadCommand(input))),
    );
  }

  partChecksum(body: Buffer): string {
    return this.#options.checksums === 'crc32' ? base64Crc(BigInt(crc32Of(body))) : base64Md5(body);
  }

  wholeChecksum(parts: readonly Part[]): string | undefined {
    if (this.#options.checksums === 'crc32') return `crc32:${wholeCrc32(parts)}`;
    return undefined; // an etag is made as the server likes; each part was held against its MD5
  }

  get #bucket() {
    return { Bucket: this.#options.bucket };
  }

  #at(key: string) {
    return { ...this.#bucket, Key: key };
  }

  #of({ key, id }: Upload) {
    return { ...this.#at(key), UploadId: id };
  }

  /** How an object is kept: said when it is put, or when its upload begins. */
  #stored(sha256: string) {
    const { storageClass, encryption, kmsKeyId, lock } = this.#options;
    return {
      Metadata: { sha256 },
      ...(storageClass === null ? {} : { StorageClass: storageClass as 'STANDARD' }),
      ...(encryption === null ? {} : { ServerSideEncryption: encryption as 'AES256' }),
      ...(kmsKeyId === null ? {} : { SSEKMSKeyId: kmsKeyId }),
      ...(lock === null
        ? {}
        : {
            ObjectLockMode: lock.mode.toUpperCase() as 'GOVERNANCE',
            ObjectLockRetainUntilDate: new Date(Date.now() + lock.days * 24 * 3600 * 1000),
          }),
    };
  }

  #body(body: Buffer) {
    const { name, checksums, bytesPerSecond } = this.#options;
    const checksum = this.partChecksum(body);
    return {
      Body: bandwidthOf(name, bytesPerSecond).body(body),
      ContentLength: body.length,
      ...(checksums === 'crc32' ? { ChecksumCRC32: checksum } : { ContentMD5: checksum }),
    };
  }

  #listed({ PartNumber = 0, Size = 0, ETag = '', ChecksumCRC32 }: S3Part): Part {
    const md5 = Buffer.from(ETag.replaceAll('"', ''), 'hex').toString('base64');
    const checksum = this.#options.checksums === 'crc32' ? ChecksumCRC32 : md5;
    return { number: PartNumber, bytes: Size, etag: ETag, checksum };
  }

  async #send<T>(
    { signal }: Signalled,
    request: (abort: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const abort = abortOf({ signal });
    try {
      return await request(abort).catch((error: unknown) => {
        // The SDK has read the server's time, and signs with it from now on.
        if (isClockCorrected(error)) return request(abort);
        throw error;
      });
    } catch (error) {
      throw s3Error(error, this.#options, signal);
    }
  }

  async #unlessMissing<T>(asking: Promise<T>): Promise<T | undefined> {
    try {
      return await asking;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}
