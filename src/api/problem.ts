import type { FastifyError } from 'fastify';
import { z } from 'zod';
import { BackupError, errorTable, toBackupError } from '../errors.ts';
import type { problem } from './contract.ts';

export interface Problem {
  readonly status: number;
  readonly body: z.infer<typeof problem>;
  /** Not foreseen: belongs into the log. */
  readonly unexpected: boolean;
}

/** What a failure is answered with: status, code, message and hint of the one table. */
export function problemOf(thrown: unknown): Problem {
  const error = asBackupError(thrown);
  const { code } = error;
  const unexpected = code === 'internal';
  // What we did not foresee may quote anything: it is for the log alone.
  const message = unexpected ? 'something happened that we did not foresee' : error.message;
  const hint = unexpected ? 'the log of the service tells more' : (error.hint ?? null);
  return { status: errorTable[code].http, body: { error: { code, message, hint } }, unexpected };
}

function asBackupError(thrown: unknown): BackupError {
  if (thrown instanceof z.ZodError) return invalidRequest(thrown);
  if (!isFastifyError(thrown)) return toBackupError(thrown);
  if (thrown.statusCode === 413) return new BackupError('too_large', 'the request is too large');
  return new BackupError('usage', thrown.message.replace(/\.$/, ''), { cause: thrown });
}

function invalidRequest({ issues }: z.ZodError): BackupError {
  const [first] = issues;
  const where = first?.path.join('.') ?? '';
  const what = first?.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase()) ?? 'is wrong';
  return new BackupError('usage', where === '' ? what : `'${where}': ${what}`, {
    hint: 'see /backup/api/docs',
  });
}

function isFastifyError(thrown: unknown): thrown is FastifyError & { statusCode: number } {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return false;
  return typeof thrown.statusCode === 'number' && thrown.statusCode < 500;
}
