import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { BackupError } from '../errors.ts';
import { bandwidthOf } from './bandwidth.ts';
import type { Bucket, BucketObject, Part, Signalled, Upload } from './bucket.ts';
import { combineCrcs, crc64 } from './crc.ts';
import {
  createOssRequests,
  type OssAnswer,
  type OssOptions,
  type OssRequest,
} from './oss-client.ts';
import { listOf, textOf } from './oss-words.ts';
import type { DeleteResult, Lock, Versioned } from './storage.ts';

/** A bucket of Aliyun OSS. Each part is held against its MD5, the whole against the CRC-64 of its parts. */
export function createOssBucket(options: OssOptions): Bucket {
  return new OssBucket(options);
}

class OssBucket implements Bucket {
  readonly #options: OssOptions;
  readonly #ask: (request: OssRequest) => Promise<OssAnswer>;

  constructor(options: OssOptions) {
    this.#options = options;
    this.#ask = createOssRequests(options);
  }

  async put(key: string, body: Buffer, about: { sha256: string } & Signalled): Promise<void> {
    const { signal, sha256 } = about;
    const headers = { ...this.#stored(sha256), ...bodyHeaders(body) };
    await this.#ask({ method: 'PUT', object: key, signal, headers, ...this.#body(body) });
  }

  async head(
    key: string,
    { signal, versionId }: Signalled & Versioned = {},
  ): Promise<BucketObject | undefined> {
    const request = { method: 'HEAD', object: key, query: version(versionId), signal } as const;
    try {
      return described(await this.#ask(request));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async get(
    key: string,
    options: { offset: number; etag: string | undefined } & Signalled & Versioned,
  ) {
    const { offset, etag, signal } = options;
    const headers = {
      ...(offset > 0 ? { Range: `bytes=${offset}-` } : {}),
      ...(etag === undefined ? {} : { 'If-Match': etag }),
    };
    const query = version(options.versionId);
    const request = { method: 'GET', object: key, query, headers, signal } as const;
    const answer = await this.#ask({ ...request, customResponse: true });
    return { body: answer.res, etag: answer.headers['etag'] ?? '' };
  }

  async listPage(prefix: string, after: string | undefined) {
    const page = await this.#document({
      method: 'GET',
      query: {
        'list-type': '2',
        'max-keys': '1000',
        ...(prefix === '' ? {} : { prefix }),
        ...(after === undefined ? {} : { 'continuation-token': after }),
      },
    });
    const items = listOf(page, 'Contents').map((one) => ({
      key: textOf(one, 'Key'),
      bytes: Number(textOf(one, 'Size')),
      modified: new Date(textOf(one, 'LastModified')),
    }));
    return { items, next: next(page, 'NextContinuationToken') };
  }

  async versionsPage(key: string, after: string | undefined) {
    const [keyMarker, versionMarker] = after === undefined ? [] : after.split('\n');
    const page = await this.#document({
      method: 'GET',
      query: {
        ...{ versions: null, prefix: key },
        ...(keyMarker ? { 'key-marker': keyMarker } : {}),
        ...(versionMarker ? { 'version-id-marker': versionMarker } : {}),
      },
    });
    const items = [...listOf(page, 'Version'), ...listOf(page, 'DeleteMarker')]
      .filter((one) => textOf(one, 'Key') === key)
      .map((one) => textOf(one, 'VersionId'))
      // A bucket that never kept versions knows no id.
      .map((id) => (id === 'null' || id === '' ? undefined : id));
    const marker = `${textOf(page, 'NextKeyMarker')}\n${textOf(page, 'NextVersionIdMarker')}`;
    return { items, next: textOf(page, 'IsTruncated') === 'true' ? marker : undefined };
  }

  /** A retention policy is the bucket's: it is told with the refusal. */
  lock(): Promise<Lock | undefined> {
    return Promise.resolve(undefined);
  }

  async delete(key: string, versionId: string | undefined): Promise<DeleteResult> {
    try {
      const request = { method: 'DELETE', object: key, query: version(versionId) } as const;
      const { headers } = await this.#ask(request);
      // What lay there before the bucket kept versions was only hidden.
      const hidden = versionId === undefined && headers['x-oss-delete-marker'] === 'true';
      if (!hidden) return { state: 'deleted' };
      const marker = await this.delete(key, headers['x-oss-version-id'] ?? 'null');
      return marker.state === 'locked' ? marker : await this.delete(key, 'null');
    } catch (error) {
      // Of a bucket with a retention policy; it does not say until when.
      if (codeOf(error) === 'FileImmutable') return { state: 'locked', until: null };
      if (!isMissing(error)) throw error;
    }
    return { state: 'deleted' };
  }

  async begin(key: string, { sha256, signal }: { sha256: string } & Signalled): Promise<Upload> {
    const begun = await this.#document({
      ...{ method: 'POST', object: key, query: { uploads: null }, signal },
      headers: this.#stored(sha256),
    });
    return { key, id: textOf(begun, 'UploadId') };
  }

  async openUploads(prefix: string, after: string | undefined) {
    const [keyMarker, idMarker] = after === undefined ? [] : after.split('\n');
    const page = await this.#document({
      method: 'GET',
      query: {
        ...{ uploads: null, 'max-uploads': '1000' },
        ...(prefix === '' ? {} : { prefix }),
        ...(keyMarker ? { 'key-marker': keyMarker } : {}),
        ...(idMarker ? { 'upload-id-marker': idMarker } : {}),
      },
    });
    const items = listOf(page, 'Upload').map((one) => ({
      ...{ key: textOf(one, 'Key'), id: textOf(one, 'UploadId') },
      begun: new Date(textOf(one, 'Initiated')),
    }));
    const marker = `${textOf(page, 'NextKeyMarker')}\n${textOf(page, 'NextUploadIdMarker')}`;
    return { items, next: textOf(page, 'IsTruncated') === 'true' ? marker : undefined };
  }

  async partsPage({ key, id }: Upload, after: string | undefined) {
    const page = await this.#document({
      ...{ method: 'GET', object: key },
      query: { uploadId: id, ...(after === undefined ? {} : { 'part-number-marker': after }) },
    });
    const items = listOf(page, 'Part').map((one): Part => {
      const etag = textOf(one, 'ETag');
      return {
        ...{ number: Number(textOf(one, 'PartNumber')), bytes: Number(textOf(one, 'Size')) },
        ...{ etag, checksum: md5OfEtag(etag), crc: textOf(one, 'HashCrc64ecma') },
      };
    });
    return { items, next: next(page, 'NextPartNumberMarker') };
  }

  async send({ key, id }: Upload, number: number, body: Buffer, { signal }: Signalled) {
    const { headers } = await this.#ask({
      ...{ method: 'PUT', object: key, signal, headers: bodyHeaders(body), ...this.#body(body) },
      query: { partNumber: String(number), uploadId: id },
    });
    const checksum = this.partChecksum(body);
    const crc = headers['x-oss-hash-crc64ecma'] ?? '';
    return { number, bytes: body.length, etag: headers['etag'] ?? '', checksum, crc };
  }

  async complete(
    { key, id }: Upload,
    parts: readonly Part[],
    { signal }: Signalled,
  ): Promise<boolean> {
    const listed = parts.map(
      ({ number, etag }) =>
        `<Part><PartNumber>${number}</PartNumber><ETag>${etag.replaceAll('"', '&quot;')}</ETag></Part>`,
    );
    const content = Buffer.from(
      `<CompleteMultipartUpload>${listed.join('')}</CompleteMultipartUpload>`,
    );
    try {
      await this.#document({
        ...{ method: 'POST', object: key, query: { uploadId: id }, content, signal },
        headers: { ...bodyHeaders(content), 'Content-Type': 'application/xml' },
      });
      return true;
    } catch (error) {
      if (codeOf(error) === 'NoSuchUpload') return false;
      throw error;
    }
  }

  async abort({ key, id }: Upload): Promise<void> {
    try {
      await this.#ask({ method: 'DELETE', object: key, query: { uploadId: id } });
    } catch (error) {
      if (codeOf(error) !== 'NoSuchUpload') throw error;
    }
  }

  partChecksum(body: Buffer): string {
    return createHash('md5').update(body).digest('base64');
  }

  wholeChecksum(parts: readonly Part[]): string | undefined {
    if (parts.some(({ crc = '' }) => crc === '')) return undefined;
    const pieces = parts.map(({ bytes, crc = '' }) => ({ bytes, crc: BigInt(crc) }));
    return `crc64:${combineCrcs(crc64, pieces)}`;
  }

  async #document(request: OssRequest): Promise<unknown> {
    return (await this.#ask({ ...request, xmlResponse: true })).data;
  }

  #stored(sha256: string): Record<string, string> {
    const { storageClass, encryption, kmsKeyId } = this.#options;
    return {
      'x-oss-meta-sha256': sha256,
      'Content-Type': 'application/octet-stream',
      ...(storageClass === null ? {} : { 'x-oss-storage-class': storageClass }),
      ...(encryption === null ? {} : { 'x-oss-server-side-encryption': encryption }),
      ...(kmsKeyId === null ? {} : { 'x-oss-server-side-encryption-key-id': kmsKeyId }),
    };
  }

  #body(bytes: Buffer): Pick<OssRequest, 'content' | 'stream'> {
    const { name, bytesPerSecond } = this.#options;
    const body = bandwidthOf(name, bytesPerSecond).body(bytes);
    return body instanceof Readable ? { stream: body } : { content: body };
  }
}

function bodyHeaders(body: Buffer): Record<string, string> {
  const md5 = createHash('md5').update(body).digest('base64');
  return { 'Content-MD5': md5, 'Content-Length': String(body.length) };
}

function described({ headers }: OssAnswer): BucketObject {
  const { etag = '', 'x-oss-hash-crc64ecma': crc, 'x-oss-version-id': versionId } = headers;
  return {
    ...{ bytes: Number(headers['content-length'] ?? 0), etag },
    sha256: headers['x-oss-meta-sha256'],
    checksum: crc === undefined ? undefined : `crc64:${crc}`,
    versionId: versionId === 'null' ? undefined : versionId,
  };
}

function version(versionId: string | undefined): Record<string, string> {
  return versionId === undefined ? {} : { versionId };
}

function md5OfEtag(etag: string): string {
  return Buffer.from(etag.replaceAll('"', ''), 'hex').toString('base64');
}

function next(page: unknown, marker: string): string | undefined {
  return textOf(page, 'IsTruncated') === 'true' ? textOf(page, marker) : undefined;
}

function isMissing(error: unknown): boolean {
  return error instanceof BackupError && error.code === 'artifact_missing';
}

/** The server's word for what went wrong. */
function codeOf(error: unknown): string | undefined {
  const cause = error instanceof BackupError ? error.cause : error;
  return cause instanceof Error ? (cause as { code?: string }).code : undefined;
}
