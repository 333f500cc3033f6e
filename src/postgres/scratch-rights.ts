import type { BackupError } from '../errors.ts';

// Only what says that a role lacks a right; what a dump itself forbids would look the same, so it proves nothing.
const missing =
  /permission denied|must be (a )?(superuser|member|owner|able to SET ROLE)|must have .* privilege|only superusers?|must be a superuser|row-level security policy/i;

/** Whether PostgreSQL refused this because a role of ours has too few rights. */
export function lacksRights(message: string): boolean {
  return missing.test(message);
}

/** The same of an error of ours. */
export function isAboutRights({ code, message, detail }: BackupError): boolean {
  if (code === 'permission_denied' || code === 'row_security') return true;
  const words = code === 'program_failed' || code === 'restore_failed' || code === 'query_failed';
  return words && lacksRights(`${message} ${detail ?? ''}`);
}
