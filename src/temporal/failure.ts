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
    // It has waited long enough before it failed.
    ...(error.code === 'stalled' ? { nextRetryDelay: '1 second' } : {}),
    details: [{ hint: error.hint ?? null, detail: error.detail?.slice(-detailLimit) ?? null }],
  });
}

/** Temporal's failure of a run as our error, with the code, message and hint that the activity gave it. */
export function fromWorkflowFailure(failed: WorkflowFailedError): BackupError {
  const cause = failed.cause instanceof ActivityFailure ? failed.cause.cause : failed.cause;
  if (cause instanceof CancelledFailure)
    return new BackupError('cancelled', 'the run was cancelled');
  if (cause instanceof ApplicationFailure) return ourError(cause);
  return new BackupError('internal', cause?.message ?? failed.message, { cause: failed });
}

/** The backup that a run made before it failed, as a failed proof names it. */
export function backupOf({ cause }: BackupError): string | undefined {
  return cause instanceof ApplicationFailure ? detailsOf(cause).backup : undefined;
}

function ourError(failure: ApplicationFailure): BackupError {
  const { type, message } = failure;
  const { hint, detail } = detailsOf(failure);
  const code = type && type in errorTable ? (type as ErrorCode) : 'internal';
  return new BackupError(code, message, {
    ...(hint && { hint }),
    ...(detail && { detail }),
    cause: failure,
  });
}

function detailsOf({ details }: ApplicationFailure): {
  readonly hint?: string;
  readonly detail?: string;
  readonly backup?: string;
} {
  const [first = {}] = (details ?? []) as [object?];
  return first;
}
