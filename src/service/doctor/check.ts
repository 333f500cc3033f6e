import { inEnglish, type Words } from '../../domain/words.ts';
import { toBackupError, type ErrorCode } from '../../errors.ts';

export const checkStates = ['ok', 'warning', 'failed'] as const;

/** One thing that was looked at. */
export interface Check {
  /** `program zstd`, `database 'shop': privileges`, … */
  readonly name: string;
  readonly state: (typeof checkStates)[number];
  readonly message: string;
  /** What to do about it; null where nothing is to do. */
  readonly hint: string | null;
  /** Of the error that was met, whose message and hint these are; null: they are our own words. */
  readonly code: ErrorCode | null;
  /** The same for a reader of another language; null: it is not in our words. */
  readonly words: {
    readonly name: Words;
    readonly message: Words | null;
    readonly hint: Words | null;
  };
}

/** What a check found, without its name. */
export interface Finding extends Omit<Check, 'name' | 'words'> {
  readonly words: Omit<Check['words'], 'name'>;
}

export function ok(message: Words): Finding {
  return inOurWords('ok', message, null);
}

export function warning(message: Words, hint: Words): Finding {
  return inOurWords('warning', message, hint);
}

export function failed(message: Words, hint: Words): Finding {
  return inOurWords('failed', message, hint);
}

function inOurWords(state: Check['state'], message: Words, hint: Words | null): Finding {
  return {
    ...{ state, message: inEnglish(message), hint: hint && inEnglish(hint) },
    ...{ code: null, words: { message, hint } },
  };
}

/** What was thrown, as what was found. */
export function met(error: unknown): Finding {
  const { code, message, hint = null } = toBackupError(error);
  return { state: 'failed', message, hint, code, words: { message: null, hint: null } };
}

/** Runs one check; what it throws is what it found. Throws only the signal's reason. */
export async function look(
  name: Words,
  signal: AbortSignal,
  check: () => Finding | Promise<Finding>,
): Promise<Check> {
  signal.throwIfAborted();
  try {
    return asCheck(name, await check());
  } catch (error) {
    signal.throwIfAborted();
    return asCheck(name, met(error));
  }
}

/** The finding with the name of its check. */
export function asCheck(name: Words, finding: Finding): Check {
  return { name: inEnglish(name), ...finding, words: { name, ...finding.words } };
}
