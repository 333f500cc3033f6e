import { toBackupError } from '../../errors.ts';

export const checkStates = ['ok', 'warning', 'failed'] as const;

/** One thing that was looked at. */
export interface Check {
  /** `programs`, `database 'shop': reachable`, … */
  readonly name: string;
  readonly state: (typeof checkStates)[number];
  readonly message: string;
  /** What to do about it; null where nothing is to do. */
  readonly hint: string | null;
}

/** What a check found, without its name. */
export type Finding = Omit<Check, 'name'>;

export function ok(message: string): Finding {
  return { state: 'ok', message, hint: null };
}

export function warning(message: string, hint: string): Finding {
  return { state: 'warning', message, hint };
}

export function failed(message: string, hint: string | null): Finding {
  return { state: 'failed', message, hint };
}

/** Runs one check; what it throws is what it found. Throws only the signal's reason. */
export async function look(
  name: string,
  signal: AbortSignal,
  check: () => Finding | Promise<Finding>,
): Promise<Check> {
  signal.throwIfAborted();
  try {
    return { name, ...(await check()) };
  } catch (error) {
    signal.throwIfAborted();
    const { message, hint = null } = toBackupError(error);
    return { name, ...failed(message, hint) };
  }
}
