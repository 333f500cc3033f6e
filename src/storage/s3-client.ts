import { isIP } from 'node:net';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Secret } from '../secret.ts';

export interface S3Options {
  /** The destination's name, for messages. */
  readonly name: string;
  readonly bucket: string;
  /** null: as the SDK finds it in its own files, else `us-east-1`. */
  readonly region: string | null;
  /** null: AWS itself. */
  readonly endpoint: string | null;
  /** null: as the SDK finds it: role of the instance, of the container, of the pod; its own files. */
  readonly credentials: S3Credentials | null;
  /** null: where the endpoint is an address or `localhost`, which have no subdomains. */
  readonly pathStyle: boolean | null;
  /** `md5` for servers that know no other checksums. */
  readonly checksums: 'crc32' | 'md5';
  readonly storageClass: string | null;
  /** `AES256` or `aws:kms`; null: as the bucket is set. */
  readonly encryption: string | null;
  readonly kmsKeyId: string | null;
  /** null: no lock of our own. */
  readonly lock: { readonly mode: 'governance' | 'compliance'; readonly days: number } | null;
  readonly bytesPerSecond: number | null;
}

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret | null;
}

const connectMilliseconds = 10_000;
/** Without a byte in either direction. Completing a large upload may take a server that long. */
const idleMilliseconds = 120_000;

/**
 * A client that tries nothing again by itself. One for `reading` has no limit for idle sockets: it would take a slow
 * reader of a body for a dead server.
 */
export function createS3Client(options: S3Options, use: 'sending' | 'reading'): S3Client {
  // Its warning that a later version will not run on Node 20 is for us, not for whoever makes a backup.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const needed = options.checksums === 'crc32' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  const config: S3ClientConfig = {
    maxAttempts: 1,
    requestChecksumCalculation: needed,
    responseChecksumValidation: 'WHEN_REQUIRED', // all that is read is held against its sha256
    requestHandler: {
      connectionTimeout: connectMilliseconds,
      ...(use === 'sending'
        ? { socketTimeout: idleMilliseconds }
        : { requestTimeout: idleMilliseconds, throwOnRequestTimeout: true }),
    },
    ...endpointOf(options),
    ...credentialsOf(options),
  };
  return new S3Client(config);
}

function endpointOf({ endpoint, region, pathStyle }: S3Options): S3ClientConfig {
  const forcePathStyle = pathStyle ?? (endpoint !== null && hasNoSubdomains(endpoint));
  return {
    forcePathStyle,
    ...(endpoint === null ? {} : { endpoint }),
    // A server of somebody's own has seldom a region; something must be signed.
    ...(region === null ? (endpoint === null ? {} : { region: 'us-east-1' }) : { region }),
  };
}

function hasNoSubdomains(endpoint: string): boolean {
  const host = new URL(endpoint).hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || isIP(host) !== 0;
}

function credentialsOf({ credentials }: S3Options): S3ClientConfig {
  if (credentials === null) return {};
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return {
    credentials: {
      accessKeyId,
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken === null ? {} : { sessionToken: sessionToken.reveal() }),
    },
  };
}
