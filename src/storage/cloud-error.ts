import { BackupError, type ErrorCode } from '../errors.ts';
import { hasCode } from '../system/files.ts';

/** What a cloud said, whichever SDK brought it. */
export interface Answer {
  /** The server's word for it: `NoSuchBucket`; empty: it said none. */
  readonly code: string;
  /** 0: there was no answer. */
  readonly status: number;
  readonly message: string;
}

export interface Where {
  /** The destination's name. */
  readonly name: string;
  readonly bucket: string;
  readonly endpoint: string | null;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: (where: Where) => string;
}

/** Our error for what a cloud answered. */
export function cloudError(answer: Answer, where: Where, cause: unknown): BackupError {
  const { code, hint } = meaningOf(answer);
  const said = [answer.code, answer.message].filter((text) => text !== '').join(': ');
  const what = answer.status === 0 ? 'does not answer' : `answered ${answer.status}`;
  return new BackupError(code, `storage '${where.name}' ${what}: ${oneLine(said)}`, {
    hint: hint(where),
    cause,
  });
}

/** Our error for a connection that was never there or went away. */
export function connectionError(error: Error, where: Where): BackupError {
  const place = where.endpoint ?? 'the cloud';
  if (tlsCodes.some((code) => hasCode(error, code)) || tlsWords.test(error.message)) {
    return new BackupError(
      'storage_refused',
      `storage '${where.name}' has a certificate that is not trusted: ${oneLine(error.message)}`,
      {
        hint: `does '${place}' name the right server? NODE_EXTRA_CA_CERTS names an authority of your own`,
        cause: error,
      },
    );
  }
  const message = error.message === '' ? error.name : error.message;
  return new BackupError(
    'storage_unreachable',
    `storage '${where.name}' cannot be reached: ${oneLine(message)}`,
    { hint: `check the network to ${place}; it is tried again`, cause: error },
  );
}

const tlsCodes = [
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** Of an SDK that forgets the code. */
const tlsWords = /\bcertificate('s altnames|\b)/;

function meaningOf({ code, status }: Answer): Meaning {
  const found = meanings.find(({ codes }) => codes.includes(code));
  if (found) return found;
  if (status === 503 || status === 429) return busy;
  if (status === 507) return full;
  if (status === 401 || status === 403) return refused;
  if (status === 404) return missing;
  return status === 0 || status >= 500 ? unreachable : unexpected;
}

const busy: Meaning = {
  code: 'storage_busy',
  hint: () => 'it is tried again, more slowly; fewer parts at a time may help',
};
const full: Meaning = {
  code: 'storage_full',
  hint: ({ bucket }) => `raise the quota of bucket '${bucket}' or delete from it`,
};
const refused: Meaning = {
  code: 'storage_refused',
  hint: ({ bucket }) => `may this key list, read and write in bucket '${bucket}'?`,
};
const missing: Meaning = {
  code: 'artifact_missing',
  hint: () => 'was it moved or deleted by hand? use another copy, or make a new backup',
};
const unreachable: Meaning = { code: 'storage_unreachable', hint: () => 'it is tried again' };
const unexpected: Meaning = {
  code: 'storage_refused',
  hint: ({ endpoint }) => `does ${endpoint ?? 'this endpoint'} serve this kind of storage?`,
};

const meanings: readonly (Meaning & { readonly codes: readonly string[] })[] = [
  { ...busy, codes: ['SlowDown', 'RequestLimitExceeded', 'Throttling', 'TooManyRequests'] },
  { ...missing, codes: ['NoSuchKey', 'NotFound', 'PreconditionFailed', 'NoSuchVersion'] },
  {
    ...full,
    codes: [
      'QuotaExceeded',
      'XMinioAdminBucketQuotaExceeded',
      'XMinioStorageFull',
      'UserQuotaExceeded',
    ],
  },
  {
    code: 'bucket_missing',
    hint: ({ bucket }) => `make bucket '${bucket}', or mend its name, region and endpoint`,
    codes: ['NoSuchBucket'],
  },
  {
    code: 'clock_skew',
    hint: () => `set this machine's clock: it must be within 15 minutes of the server's`,
    codes: ['RequestTimeTooSkewed', 'RequestExpired'],
  },
  {
    code: 'storage_refused',
    hint: () => 'is the access key right, and is it still active?',
    codes: ['InvalidAccessKeyId', 'XAdminUserNotFound', 'InvalidAccessKeyIdError'],
  },
  {
    code: 'storage_refused',
    hint: () => 'is the secret the one of this access key?',
    codes: ['SignatureDoesNotMatch'],
  },
  {
    code: 'storage_refused',
    hint: () => 'get new temporary credentials',
    codes: ['ExpiredToken', 'InvalidToken', 'SecurityTokenExpired', 'InvalidSecurityToken'],
  },
  {
    code: 'storage_refused',
    hint: () => 'name the region of the bucket in the settings',
    codes: [
      'AuthorizationHeaderMalformed',
      'PermanentRedirect',
      'IllegalLocationConstraintException',
    ],
  },
  {
    code: 'storage_unreachable',
    hint: () => 'the bytes were changed on their way; they are sent again',
    codes: [
      'BadDigest',
      'InvalidDigest',
      'XAmzContentSHA256Mismatch',
      'XAmzContentChecksumMismatch',
      'IncompleteBody',
    ],
  },
  {
    ...unreachable,
    codes: ['RequestTimeout', 'NoSuchUpload', 'InvalidPart', 'InvalidPartOrder'],
  },
];

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 300);
}
