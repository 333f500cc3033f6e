import { oneOf, secret, text, wholeNumber } from './setting.ts';
import { uploads } from './uploads.ts';

const optional = (environment: string, help: string, fallbackText = 'none') =>
  text({ environment, fallback: null, fallbackText, help });

/** What there is to say about a bucket of S3 or of anything that speaks its language. */
export const s3 = {
  bucket: optional('AWS_S3_BUCKET', 'Bucket of the S3 destination', 'no S3 destination'),
  region: optional('AWS_REGION', 'Region of the bucket'),
  endpoint: text(
    {
      environment: 'AWS_ENDPOINT_URL_S3',
      fallback: null,
      fallbackText: 'AWS',
      help: 'Endpoint of an S3-compatible service; with `http://` nothing is encrypted on its way',
    },
    `a URL such as 'https://s3.example.com'`,
    isWebAddress,
  ),
  accessKeyId: optional(
    'AWS_ACCESS_KEY_ID',
    'Access key',
    'the role of the instance, container or pod',
  ),
  secretAccessKey: secret({
    environment: 'AWS_SECRET_ACCESS_KEY',
    fallbackText: 'none',
    help: 'Secret of the access key',
  }),
  sessionToken: secret({
    environment: 'AWS_SESSION_TOKEN',
    fallbackText: 'none',
    help: 'Token of temporary credentials',
  }),
  addressing: oneOf(['auto', 'path', 'host'], {
    environment: 'BACKUP_S3_ADDRESSING',
    fallback: 'auto',
    help: 'Whether the bucket is part of the path or of the host name; `auto` is `path` for IP addresses and `localhost`',
  }),
  checksums: oneOf(['crc32', 'md5'], {
    environment: 'BACKUP_S3_CHECKSUMS',
    fallback: 'crc32',
    help: 'What uploads are checked by; `md5` for services that know nothing newer',
  }),
  storageClass: optional(
    'BACKUP_S3_STORAGE_CLASS',
    'Storage class, such as `STANDARD_IA`',
    'as the bucket is set',
  ),
  encryption: oneOf(['bucket', 'AES256', 'aws:kms'], {
    environment: 'BACKUP_S3_ENCRYPTION',
    fallback: 'bucket',
    help: 'Encryption by the server; `bucket` is as the bucket is set',
  }),
  kmsKeyId: optional('BACKUP_S3_KMS_KEY_ID', 'Key of `aws:kms`', `the account's`),
  lock: oneOf(['none', 'governance', 'compliance'], {
    environment: 'BACKUP_S3_LOCK',
    fallback: 'none',
    help: 'Mode of Object Lock: until `lockDays` have passed nobody can delete what was stored',
  }),
  lockDays: wholeNumber(1, 36_500, {
    environment: 'BACKUP_S3_LOCK_DAYS',
    fallback: 30,
    help: 'Days that Object Lock keeps what was stored',
  }),
  ...uploads('BACKUP_S3'),
};

function isWebAddress(value: string): boolean {
  return /^https?:\/\/./.test(value) && URL.canParse(value);
}
