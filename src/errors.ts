/**
 * Every way in which we can fail: the exit status of the CLI, the HTTP status of the API, and whether Temporal should
 * try the activity again. `test/architecture` holds README to this table.
 */
export const errorTable = {
  invalid_settings: { exit: 2, http: 400, retry: false },
  usage: { exit: 2, http: 400, retry: false },
  needs_full: { exit: 1, http: 409, retry: false },
  not_found: { exit: 4, http: 404, retry: false },
  not_proven: { exit: 5, http: 409, retry: false },
  conflict: { exit: 1, http: 409, retry: false },
  cancelled: { exit: 130, http: 409, retry: false },
  login_required: { exit: 1, http: 401, retry: false },
  login_failed: { exit: 1, http: 401, retry: false },
  too_many_attempts: { exit: 1, http: 429, retry: false },
  oidc_unreachable: { exit: 1, http: 502, retry: false },
  forbidden: { exit: 1, http: 403, retry: false },
  method_unknown: { exit: 1, http: 405, retry: false },
  range_outside: { exit: 1, http: 416, retry: false },
  too_large: { exit: 1, http: 413, retry: false },

  server_unreachable: { exit: 1, http: 502, retry: true },
  host_unknown: { exit: 1, http: 502, retry: false },
  login_refused: { exit: 1, http: 502, retry: false },
  database_missing: { exit: 1, http: 502, retry: false },
  tls_refused: { exit: 1, http: 502, retry: false },
  too_many_connections: { exit: 1, http: 502, retry: true },
  too_many_locks: { exit: 1, http: 502, retry: false },
  connection_lost: { exit: 1, http: 502, retry: true },
  server_unsupported: { exit: 1, http: 409, retry: false },
  standby_refused: { exit: 1, http: 409, retry: false },
  pooler_refused: { exit: 1, http: 409, retry: false },
  query_failed: { exit: 1, http: 502, retry: true },

  permission_denied: { exit: 1, http: 502, retry: false },
  row_security: { exit: 1, http: 502, retry: false },
  lock_conflict: { exit: 1, http: 409, retry: true },
  blocked_too_long: { exit: 1, http: 409, retry: true },
  stalled: { exit: 1, http: 504, retry: true },

  program_missing: { exit: 1, http: 500, retry: false },
  program_too_old: { exit: 1, http: 500, retry: false },
  program_failed: { exit: 1, http: 500, retry: true },
  dump_failed: { exit: 1, http: 500, retry: true },
  target_refused: { exit: 1, http: 409, retry: false },
  restore_failed: { exit: 1, http: 500, retry: false },
  proof_failed: { exit: 1, http: 500, retry: false },

  directory_not_writable: { exit: 1, http: 500, retry: false },
  disk_too_small: { exit: 1, http: 507, retry: false },
  disk_full: { exit: 1, http: 507, retry: true },
  artifact_missing: { exit: 1, http: 500, retry: false },
  key_missing: { exit: 1, http: 409, retry: false },
  artifact_corrupted: { exit: 1, http: 500, retry: false },

  notify_failed: { exit: 1, http: 502, retry: true },
  storage_unreachable: { exit: 1, http: 502, retry: true },
  storage_busy: { exit: 1, http: 503, retry: true },
  storage_refused: { exit: 1, http: 502, retry: false },
  storage_full: { exit: 1, http: 507, retry: false },
  bucket_missing: { exit: 1, http: 502, retry: false },
  clock_skew: { exit: 1, http: 502, retry: false },

  temporal_unreachable: { exit: 1, http: 503, retry: true },
  catalog_unreachable: { exit: 1, http: 503, retry: true },
  start_failed: { exit: 1, http: 500, retry: false },
  internal: { exit: 1, http: 500, retry: true },
} as const;

export type ErrorCode = keyof typeof errorTable;

/** One failure: `message` is the fact in one line, `hint` says what to do; neither ever holds a secret. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** More than one line, for detail views: the tail of a program's standard error, say. */
  readonly detail: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; detail?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.detail = options.detail;
  }

  get exitStatus(): number {
    return errorTable[this.code].exit;
  }

  get retryable(): boolean {
    return errorTable[this.code].retry;
  }
}

/** Any thrown value as a `BackupError`; what we did not foresee becomes `internal` and keeps its cause. */
export function toBackupError(thrown: unknown): BackupError {
  if (thrown instanceof BackupError) return thrown;
  if (thrown instanceof Error)
    return new BackupError('internal', thrown.message, { cause: thrown });
  return new BackupError('internal', String(thrown));
}
