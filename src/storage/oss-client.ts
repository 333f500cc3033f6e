import { isIP } from 'node:net';
import type { Readable } from 'node:stream';
import OSS from 'ali-oss';
import type { Secret } from '../secret.ts';
import { cloudError, connectionError, type Where } from './cloud-error.ts';

export interface OssOptions {
  /** The destination's name, for messages. */
  readonly name: string;
  readonly bucket: string;
  /** `cn-hangzhou`: signed with every request. */
  readonly region: string;
  readonly endpoint: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: Secret;
  readonly securityToken: Secret | null;
  readonly storageClass: string | null;
  /** `AES256` or `KMS`; null: as the bucket is set. */
  readonly encryption: string | null;
  readonly kmsKeyId: string | null;
  readonly bytesPerSecond: number | null;
}

export interface OssRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Left out: the request is about the bucket. */
  readonly object?: string;
  readonly query?: Readonly<Record<string, string | null>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly content?: Buffer;
  readonly stream?: Readable;
  /** The answer is a document. */
  readonly xmlResponse?: boolean;
  /** The answer is a body to be read. */
  readonly customResponse?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface OssAnswer {
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Of a document, as nested texts. */
  readonly data: unknown;
  readonly res: Readable;
}

/** Of one request, its body included: at 30 kB/s a part of 16 MiB takes as long. */
const requestMilliseconds = 600_000;

/**
 * Sends requests that `ali-oss` signs. Its own uploads are not used: they check nothing, cannot be aborted one by one,
 * and forget with the process what has arrived.
 */
export function createOssRequests(
  options: OssOptions,
): (request: OssRequest) => Promise<OssAnswer> {
  const client = new OSS(clientOptions(options)) as unknown as {
    request(params: object): Promise<OssAnswer>;
  };
  return async ({ signal, query, ...request }) => {
    signal?.throwIfAborted();
    const { bucket } = options;
    // `query` would be sent, but a value of null could not be: `?uploads` has none.
    const params = { bucket, subres: query ?? {}, timeout: requestMilliseconds, ...request };
    try {
      return await orAborted(
        client.request({ ...params, successStatuses: [200, 204, 206] }),
        signal,
      );
    } catch (error) {
      throw signal?.aborted ? signal.reason : ossError(error, options);
    }
  };
}

function clientOptions(options: OssOptions): OSS.Options {
  const { bucket, region, endpoint, accessKeyId, accessKeySecret, securityToken } = options;
  const host = new URL(endpoint).hostname;
  return {
    ...{ bucket, endpoint, accessKeyId, region: `oss-${region}` },
    accessKeySecret: accessKeySecret.reveal(),
    authorizationV4: true,
    secure: endpoint.startsWith('https:'),
    retryMax: 0,
    ...(host === 'localhost' || isIP(host) !== 0 ? { sldEnable: true } : {}),
    // Without an interval it warns on the console that tokens expire; ours are read anew for each step.
    ...(securityToken === null
      ? {}
      : { stsToken: securityToken.reveal(), refreshSTSTokenInterval: requestMilliseconds }),
  } as OSS.Options;
}

/** The library cannot abort a request: it is left to itself, and what comes of it is of no interest any more. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function ossError(error: unknown, where: Where): unknown {
  if (!(error instanceof Error)) return error;
  const { status = 0, code } = error as { status?: number; code?: string };
  if (status <= 0) return connectionError(withoutState(error), where);
  // To a HEAD that is forbidden there is no document that says why.
  return cloudError({ status, code: code ?? '', message: error.message }, where, error);
}

/** Without the request and the state of its sockets, which the library writes behind what went wrong. */
function withoutState(error: Error): Error {
  const message = error.message.replace(/, [A-Z]+ https?:[^]*$/, '');
  return new Error(message, { cause: error });
}
