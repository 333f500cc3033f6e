import { oneOf, secret, text } from './setting.ts';
import { uploads } from './uploads.ts';

const optional = (environment: string, help: string, fallbackText = 'none') =>
  text({ environment, fallback: null, fallbackText, help });

/** What there is to say about a bucket of Aliyun OSS. */
export const oss = {
  bucket: optional('OSS_BUCKET_NAME', 'Bucket of the Aliyun OSS destination', 'no OSS destination'),
  region: optional('OSS_REGION', 'Region of the bucket', 'taken from the endpoint'),
  endpoint: optional(
    'OSS_ENDPOINT',
    'Endpoint of OSS, by https unless it begins with `http://`',
    'that of the region',
  ),
  accessKeyId: optional('OSS_ACCESS_KEY_ID', 'Access key'),
  accessKeySecret: secret({
    environment: 'OSS_ACCESS_KEY_SECRET',
    fallbackText: 'none',
    help: 'Secret of the access key',
  }),
  securityToken: secret({
    environment: 'OSS_SECURITY_TOKEN',
    fallbackText: 'none',
    help: 'Token of temporary credentials (STS)',
  }),
  storageClass: optional(
    'BACKUP_OSS_STORAGE_CLASS',
    'Storage class, such as `IA`',
    'as the bucket is set',
  ),
  encryption: oneOf(['bucket', 'AES256', 'KMS'], {
    environment: 'BACKUP_OSS_ENCRYPTION',
    fallback: 'bucket',
    help: 'Encryption by the server; `bucket` is as the bucket is set',
  }),
  kmsKeyId: optional('BACKUP_OSS_KMS_KEY_ID', 'Key of `KMS`', `the account's`),
  ...uploads('BACKUP_OSS'),
};
