import { S3ServiceException } from '@aws-sdk/client-s3';
import { BackupError } from '../errors.ts';
import { cloudError, connectionError, type Where } from './cloud-error.ts';

/** What the SDK threw as our error; the signal's reason where it was aborted. */
export function s3Error(error: unknown, where: Where, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof S3ServiceException) return cloudError(answerOf(error), where, error);
  if (!(error instanceof Error)) return error;
  if (error.name === 'CredentialsProviderError') return noCredentials(error, where);
  return connectionError(error, where);
}

/** Whether the object, or the upload, is not there: of our error or of the SDK's. */
export function isMissing(error: unknown): boolean {
  if (error instanceof BackupError && error.code === 'artifact_missing') return true;
  return isMissingUpload(error) || nameOf(error) === 'NotFound';
}

export function isMissingUpload(error: unknown): boolean {
  return nameOf(error) === 'NoSuchUpload';
}

/** Of a server that has no such thing: one that keeps a single version of each object has no list of them. */
export function knowsNot(error: unknown): boolean {
  return nameOf(error) === 'NotImplemented';
}

/** The SDK found our clock to be wrong and has corrected for it. */
export function isClockCorrected(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    (error.$metadata as { clockSkewCorrected?: boolean }).clockSkewCorrected === true
  );
}

function nameOf(error: unknown): string | undefined {
  const thrown = error instanceof BackupError ? error.cause : error;
  return thrown instanceof S3ServiceException ? thrown.name : undefined;
}

function answerOf(error: S3ServiceException) {
  const status = error.$metadata.httpStatusCode ?? 0;
  // The answer to a HEAD has no body: the SDK makes `NotFound` or a mere `403` of it.
  const code = /^(Unknown|\d+)/.test(error.name) ? '' : error.name;
  return { code, status, message: error.message };
}

function noCredentials(error: Error, { name }: Where): BackupError {
  return new BackupError('storage_refused', `storage '${name}': no credentials were found`, {
    hint: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give this machine a role',
    cause: error,
  });
}
