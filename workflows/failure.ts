import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { ErrorCode } from '../src/errors.ts';
import type { Failure } from '../src/domain/run.ts';

/** What went wrong, in our own terms, out of Temporal's wrapping. */
export function failureOf(error: unknown): Failure {
  if (isCancellation(error)) return { code: 'cancelled', message: 'cancelled', hint: null };
  const isWrapped = error instanceof ActivityFailure || error instanceof ChildWorkflowFailure;
  const cause = isWrapped ? error.cause : error;
  if (cause instanceof ApplicationFailure) return ourFailure(cause);
  if (error instanceof ActivityFailure && cause instanceof TimeoutFailure) {
    return {
      code: 'internal',
      message: `activity '${error.activityType}' timed out (${cause.timeoutType})`,
      hint: 'is a worker of this host running?',
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal', message, hint: null };
}

function ourFailure({ type, message, details }: ApplicationFailure): Failure {
  const [{ hint = null } = {}] = (details ?? []) as [{ hint?: string | null }?];
  return { code: (type ?? 'internal') as ErrorCode, message, hint };
}

/** True when nobody took an activity from a host's queue in time. */
export function hostIsGone(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.cause instanceof TimeoutFailure &&
    error.cause.timeoutType === 'SCHEDULE_TO_START'
  );
}

/** The same as the failure of the run. */
export function asWorkflowFailure(error: unknown): ApplicationFailure {
  const { code, message, hint } = failureOf(error);
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: [{ hint }],
    ...(error instanceof Error ? { cause: error } : {}),
  });
}
