import { createHash } from 'node:crypto';
import type { DestinationSettings, OssSettings, S3Settings, Settings } from '../config.ts';
import { BackupError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { Bucket } from '../storage/bucket.ts';
import { createCloudStorage } from '../storage/cloud.ts';
import { createLocalStorage } from '../storage/local.ts';
import { patienceMilliseconds } from '../storage/retry.ts';
import type { OssOptions } from '../storage/oss-client.ts';
import type { S3Options } from '../storage/s3-client.ts';
import type { Storage } from '../storage/storage.ts';

/**
 * The destinations by name, which are tried for so long. What changed in the settings, a rotated key above all, holds
 * from the next call on.
 */
export function createDestinations(
  settings: () => Settings,
  patience = patienceMilliseconds,
): (name: string) => Storage {
  const opened = new Map<string, { readonly says: string; readonly storage: Storage }>();
  return (name) => {
    const { location, destinations } = settings();
    if (name === 'local') return createLocalStorage(location);
    const found = destinations.find((destination) => destination.name === name);
    if (!found) throw unknown(name, destinations);
    const says = digestOf(found);
    const known = opened.get(name);
    if (known?.says === says) return known.storage;
    const storage = cloudStorage(found, patience);
    opened.set(name, { says, storage });
    return storage;
  };
}

/** A cloud destination; nothing is asked of it yet. */
export function cloudStorage(
  destination: DestinationSettings,
  patience = patienceMilliseconds,
): Storage {
  const { name, type, bucket, prefix, partMebibytes, maxParts, parallelParts } = destination;
  return createCloudStorage({
    ...{ name, kind: type, bucketName: bucket, prefix: prefix ?? '' },
    limits: {
      partBytes: partMebibytes * 1024 ** 2,
      ...{ maxParts, parallelParts, patience },
    },
    open: () => openBucket(destination),
  });
}

async function openBucket(destination: DestinationSettings): Promise<Bucket> {
  if (destination.type === 'oss') {
    const { createOssBucket } = await import('../storage/oss.ts');
    return createOssBucket(ossOptions(destination));
  }
  const { createS3Bucket } = await import('../storage/s3.ts');
  return createS3Bucket(s3Options(destination));
}

function ossOptions({ encryption, kibibytesPerSecond, ...destination }: OssSettings): OssOptions {
  return {
    ...destination,
    encryption: encryption === 'bucket' ? null : encryption,
    bytesPerSecond: kibibytesPerSecond === 0 ? null : kibibytesPerSecond * 1024,
  };
}

function s3Options(destination: S3Settings): S3Options {
  const { accessKeyId, secretAccessKey, sessionToken, addressing, encryption } = destination;
  const { name, bucket, region, endpoint, checksums, storageClass, kmsKeyId } = destination;
  const { lock, lockDays, kibibytesPerSecond } = destination;
  return {
    ...{ name, bucket, region, endpoint, checksums, storageClass, kmsKeyId },
    credentials:
      accessKeyId === null || secretAccessKey === null
        ? null
        : { accessKeyId, secretAccessKey, sessionToken },
    pathStyle: addressing === 'auto' ? null : addressing === 'path',
    encryption: encryption === 'bucket' ? null : encryption,
    lock: lock === 'none' ? null : { mode: lock, days: lockDays },
    bytesPerSecond: kibibytesPerSecond === 0 ? null : kibibytesPerSecond * 1024,
  };
}

// Secrets are written as `***`: only a digest of what they really are shows that one was rotated.
function digestOf(destination: DestinationSettings): string {
  const secrets = Object.values(destination).map((value: unknown) =>
    value instanceof Secret ? value.reveal() : null,
  );
  return createHash('sha256')
    .update(JSON.stringify([destination, secrets]))
    .digest('hex');
}

function unknown(name: string, destinations: readonly DestinationSettings[]): BackupError {
  const names = ['local', ...destinations.map((destination) => destination.name)];
  return new BackupError('invalid_settings', `destination '${name}' is not in the settings`, {
    hint: `there are: ${names.join(', ')}; its copies need it for as long as they are kept`,
  });
}
