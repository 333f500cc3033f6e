import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Secret } from '../../src/secret.ts';
import type { OssOptions } from '../../src/storage/oss-client.ts';
import { crc64Of } from './crc64.ts';
import { OssObjects } from './oss-objects.ts';
import { Refusal } from './oss-refusal.ts';
import { requireSignature, type Known } from './oss-signature.ts';

export interface OssServer {
  readonly endpoint: string;
  /** How our own destination reaches a bucket of it. */
  options(bucket: string, other?: Partial<OssOptions>): OssOptions;
  createBucket(name: string): void;
  /** From now on. */
  keepVersions(bucket: string): void;
  /** The ids of all versions in a bucket, what hides them included. */
  versionsIn(bucket: string): string[];
  /** Its clock goes so far ahead of ours. */
  setClock(aheadMilliseconds: number): void;
  /** Changes one byte of a stored object. */
  damage(bucket: string, key: string): void;
  stop(): Promise<void>;
}

interface OpenUpload {
  readonly key: string;
  readonly id: string;
  readonly begun: Date;
  readonly headers: Record<string, string>;
  readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
}

interface OssBucket {
  readonly objects: OssObjects;
  readonly uploads: Map<string, OpenUpload>;
}

const credentials = { accessKeyId: 'oss-test-key', accessKeySecret: 'oss-test-secret' };
const region = 'cn-hangzhou';

/**
 * A server that speaks OSS as its documents say, in path style: signatures of version 4, dates, MD5 sums and the order of
 * parts are checked, an incomplete body leaves nothing. Nothing that can be installed does. No locks.
 */
export async function startOssServer(): Promise<OssServer> {
  const buckets = new Map<string, OssBucket>();
  let ahead = 0;
  const known = { ...credentials, region, now: () => Date.now() + ahead };
  const server = createServer((request, response) => {
    serve({ buckets, known }, request, response).catch((error: unknown) =>
      refuse(request, response, error),
    );
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const endpoint = `http://localhost:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    options: (bucket, other) => ({
      ...{ name: 'oss', bucket, region, endpoint, securityToken: null },
      accessKeyId: credentials.accessKeyId,
      accessKeySecret: new Secret(credentials.accessKeySecret),
      ...{ storageClass: null, encryption: null, kmsKeyId: null, bytesPerSecond: null },
      ...other,
    }),
    createBucket: (name) =>
      void buckets.set(name, { objects: new OssObjects(), uploads: new Map() }),
    keepVersions: (bucket) => buckets.get(bucket)!.objects.keepVersions(),
    versionsIn: (bucket) =>
      buckets
        .get(bucket)!
        .objects.versions()
        .map(({ id }) => id),
    setClock: (milliseconds) => void (ahead = milliseconds),
    damage: (bucket, key) => {
      const { body } = buckets.get(bucket)!.objects.get(key, null)!;
      const at = Math.floor(body.length / 2);
      body[at] = body[at]! ^ 1;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Asked {
  readonly method: string;
  readonly bucket: OssBucket;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

type Answer = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: Buffer | string;
};

async function serve(
  { buckets, known }: { buckets: ReadonlyMap<string, OssBucket>; known: Known },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { method = '', headers } = request;
  const body = await buffer(request);
  const url = new URL(request.url ?? '', 'http://localhost');
  requireSignature({ method, url, headers }, known);
  requireMd5(headers['content-md5']?.toString(), body);
  const [, bucketName = '', ...rest] = decodeURIComponent(url.pathname).split('/');
  const bucket = buckets.get(bucketName);
  if (!bucket) throw new Refusal(404, 'NoSuchBucket');
  const key = rest.join('/');
  const asked: Asked = { method, bucket, key, query: url.searchParams, headers, body };
  const answer = key === '' ? ofBucket(asked) : ofObject(asked);
  const bytes = Buffer.from(answer.body ?? '');
  response.writeHead(answer.status ?? 200, {
    'x-oss-request-id': randomBytes(12).toString('hex').toUpperCase(),
    'content-length': bytes.length,
    ...answer.headers,
  });
  response.end(method === 'HEAD' ? undefined : bytes);
}

function refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy();
  const refusal =
    error instanceof Refusal ? error : new Refusal(500, 'InternalError', String(error));
  const { code, message } = refusal;
  const body = `<Error><Code>${code}</Code><Message>${message}</Message><RequestId>0</RequestId></Error>`;
  const headers = {
    'content-type': 'application/xml',
    'x-oss-err': Buffer.from(body).toString('base64'),
  };
  response.writeHead(refusal.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function ofBucket({ method, bucket, query }: Asked): Answer {
  if (method !== 'GET') throw new Refusal(405, 'MethodNotAllowed');
  const prefix = query.get('prefix') ?? '';
  if (query.has('uploads')) {
    const found = [...bucket.uploads.values()].filter(({ key }) => key.startsWith(prefix));
    const items = found.map(
      ({ key, id, begun }) =>
        `<Upload><Key>${xml(key)}</Key><UploadId>${id}</UploadId><Initiated>${seconds(begun)}</Initiated></Upload>`,
    );
    return document('ListMultipartUploadsResult', items, false);
  }
  const keys = bucket.objects
    .keys()
    .filter((key) => key.startsWith(prefix))
    .sort(byBytes);
  if (query.has('versions')) {
    const found = bucket.objects.versions().filter(({ key }) => key.startsWith(prefix));
    const items = found.map(({ key, id, isMarker }) => {
      const name = isMarker ? 'DeleteMarker' : 'Version';
      return `<${name}><Key>${xml(key)}</Key><VersionId>${id}</VersionId></${name}>`;
    });
    return document('ListVersionsResult', items, false);
  }
  const after = query.get('continuation-token') ?? '';
  const most = Math.min(Number(query.get('max-keys') ?? 100), 1000);
  const left = keys.filter((key) => after === '' || byBytes(key, after) > 0);
  const page = left.slice(0, most);
  const items = page.map((key) => {
    const { body, modified } = bucket.objects.get(key, null)!;
    return `<Contents><Key>${xml(key)}</Key><Size>${body.length}</Size><LastModified>${seconds(modified)}</LastModified></Contents>`;
  });
  const isTruncated = left.length > page.length;
  const token = `<NextContinuationToken>${xml(page.at(-1) ?? '')}</NextContinuationToken>`;
  return document('ListBucketResult', isTruncated ? [...items, token] : items, isTruncated);
}

function ofObject(asked: Asked): Answer {
  const { method, query } = asked;
  if (query.has('uploads') && method === 'POST') return begin(asked);
  if (query.has('uploadId')) return ofUpload(asked);
  if (method === 'PUT') return put(asked);
  if (method === 'DELETE') {
    const headers = asked.bucket.objects.delete(asked.key, query.get('versionId'));
    return { status: 204, headers };
  }
  return get(asked);
}

function put({ bucket, key, headers, body }: Asked): Answer {
  const etag = etagOf(body);
  const about = { body, etag, headers: metaOf(headers), modified: new Date() };
  const id = bucket.objects.put(key, about);
  return { headers: { ...id, etag, 'x-oss-hash-crc64ecma': String(crc64Of(body)) } };
}

function get({ method, bucket, key, query, headers }: Asked): Answer {
  const version = query.get('versionId');
  const found = bucket.objects.get(key, version);
  if (!found) throw new Refusal(404, version === null ? 'NoSuchKey' : 'NoSuchVersion');
  const { body, etag } = found;
  const match = headers['if-match'];
  if (match !== undefined && match !== etag) throw new Refusal(412, 'PreconditionFailed');
  const about = {
    ...found.headers,
    ...found.about,
    etag,
    'x-oss-hash-crc64ecma': String(crc64Of(body)),
  };
  const from = Number(/^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1] ?? 0);
  if (method === 'HEAD') return { headers: { ...about, 'content-length': String(body.length) } };
  return { status: from > 0 ? 206 : 200, headers: about, body: body.subarray(from) };
}

function begin({ bucket, key, headers }: Asked): Answer {
  const id = randomBytes(16).toString('hex').toUpperCase();
  const upload = { key, id, begun: new Date(), headers: metaOf(headers), parts: new Map() };
  bucket.uploads.set(id, upload);
  return document('InitiateMultipartUploadResult', [`<UploadId>${id}</UploadId>`], false);
}

function ofUpload({ method, bucket, key, query, body }: Asked): Answer {
  const upload = bucket.uploads.get(query.get('uploadId') ?? '');
  if (upload?.key !== key) throw new Refusal(404, 'NoSuchUpload');
  switch (method) {
    case 'PUT': {
      const etag = etagOf(body);
      upload.parts.set(Number(query.get('partNumber')), { body, etag });
      return { headers: { etag, 'x-oss-hash-crc64ecma': String(crc64Of(body)) } };
    }
    case 'GET':
      return listParts(upload, Number(query.get('part-number-marker') ?? 0));
    case 'DELETE':
      bucket.uploads.delete(upload.id);
      return { status: 204 };
    case 'POST':
      return complete(bucket, upload, body.toString());
    default:
      throw new Refusal(405, 'MethodNotAllowed');
  }
}

/** Pages of two, so that nobody forgets to ask for the next one. */
function listParts({ parts }: OpenUpload, after: number): Answer {
  const left = [...parts].filter(([number]) => number > after).sort(([a], [b]) => a - b);
  const page = left.slice(0, 2);
  const items = page.map(
    ([number, { body, etag }]) =>
      `<Part><PartNumber>${number}</PartNumber><ETag>${xml(etag)}</ETag><Size>${body.length}</Size><HashCrc64ecma>${crc64Of(body)}</HashCrc64ecma></Part>`,
  );
  const marker = `<NextPartNumberMarker>${page.at(-1)?.[0] ?? 0}</NextPartNumberMarker>`;
  return document('ListPartsResult', [...items, marker], left.length > page.length);
}

function complete(bucket: OssBucket, upload: OpenUpload, listed: string): Answer {
  const pattern = /<PartNumber>(\d+)<\/PartNumber><ETag>([^<]*)<\/ETag>/g;
  const named = [...listed.matchAll(pattern)].map(([, number, etag = '']) => ({
    number: Number(number),
    etag: etag.replaceAll('&quot;', '"'),
  }));
  const bodies = named.map(({ number, etag }, index) => {
    const part = upload.parts.get(number);
    if (part?.etag !== etag) throw new Refusal(400, 'InvalidPart');
    if (index > 0 && named[index - 1]!.number >= number) throw new Refusal(400, 'InvalidPartOrder');
    const isSmall = part.body.length < 100 * 1024 && index < named.length - 1;
    if (isSmall) throw new Refusal(400, 'EntityTooSmall');
    return part.body;
  });
  const body = Buffer.concat(bodies);
  const etag = `"${createHash('md5').update(body).digest('hex').toUpperCase()}-${named.length}"`;
  const about = { body, etag, headers: upload.headers, modified: new Date() };
  const id = bucket.objects.put(upload.key, about);
  bucket.uploads.delete(upload.id);
  const answer = document('CompleteMultipartUploadResult', [`<ETag>${xml(etag)}</ETag>`], false);
  return { ...answer, headers: { ...id, 'x-oss-hash-crc64ecma': String(crc64Of(body)) } };
}

function requireMd5(said: string | undefined, body: Buffer): void {
  if (said === undefined) return;
  const is = createHash('md5').update(body).digest('base64');
  if (said !== is) throw new Refusal(400, 'InvalidDigest');
}

function metaOf(headers: IncomingMessage['headers']): Record<string, string> {
  const kept = Object.entries(headers).filter(([name]) => name.startsWith('x-oss-meta-'));
  return Object.fromEntries(kept.map(([name, value]) => [name, String(value)]));
}

function etagOf(body: Buffer): string {
  return `"${createHash('md5').update(body).digest('hex').toUpperCase()}"`;
}

function document(name: string, items: readonly string[], isTruncated: boolean): Answer {
  const body = `<${name}><IsTruncated>${isTruncated}</IsTruncated>${items.join('')}</${name}>`;
  return { body: `<?xml version="1.0" encoding="UTF-8"?>${body}` };
}

function seconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, '.000Z');
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function xml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
