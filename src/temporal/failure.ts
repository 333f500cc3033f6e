import { ApplicationFailure, type WorkflowFailedError } from '@temporalio/client';
import { ActivityFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { BackupError, errorTable, toBackupError, type ErrorCode } from '../errors.ts';

// Temporal keeps an activity's failure in 4 kB of its mutable state.
const detailLimit = 2000;

/** Our error as Temporal's: the only place where an `ApplicationFailure` is made outside workflows. */
export function toApplicationFailure(thrown: unknown): Error {
  if (thrown instanceof TemporalFailure) return thrown;
  const error = toBackupError(thrown);
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !error.retryable,
    details: [{ hint: error.hint ?? null, detail: error.detail?.slice(-detailLimit) ?? null }],
  });
}

/** Temporal's failure of a run as our error, with the code, message and hint that the activity gave it. */
export function fromWorkflowFailure(failed: WorkflowFailedError): BackupError {
  const cause = innermost(failed.cause);
  if (cause instanceof CancelledFailure)
    return new BackupError('cancelled', 'the run was cancelled');
  if (!(cause instanceof ApplicationFailure)) {
    return new BackupError('internal', cause?.message ?? failed.message, { cause: failed });
  }
  const [details] = (cause.details ?? []) as [{ hint?: string | null; detail?: string | null }?];
  const code = cause.type !== undefined && cause.type !== null && cause.type in errorTable;
  return new BackupError(code ? (cause.type as ErrorCode) : 'internal', cause.message, {
    ...(details?.hint ? { hint: details.hint } : {}),
    ...(details?.detail ? { detail: details.detail } : {}),
  });
}

function innermost(error: Error | undefined): Error | undefined {
  return error instanceof ActivityFailure ? error.cause : error;
}
